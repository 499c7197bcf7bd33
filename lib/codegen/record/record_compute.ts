import type { Value } from "../../kernel/kernel.ts";
import { multipliedByQuantizedMultiplier } from "../../kernel/quantized_multiplier.ts";
import { apply, constant } from "../../kernel/values.ts";
import { dtypeBytes } from "../../nest/dtype.ts";
import type { Compute, Expression, Ref, Width } from "../program.ts";
import { loadRef, startOf, storeRef } from "./access.ts";
import { keepGroup, knownGroup, type Recording, type Scope } from "./recording.ts";
import {
  combine,
  constantVector,
  fusedMultiplyAdd,
  type Kind,
  vectorOf,
  withNeutralLanes,
} from "./vector_values.ts";

/** One update of a register or of memory. */
export function recordCompute(recording: Recording, compute: Compute, scope: Scope): void {
  const { builder } = recording;
  const { target, value } = compute;
  if ("register" in target) {
    builder.set(scope.registers.get(target.register)!, updated(recording, compute, scope));
    return;
  }
  if (value.kind === "pair") return storeInterleaved(recording, target.ref, value, compute, scope);
  const result = builder.let(`${target.ref.buffer}_new`, updated(recording, compute, scope));
  storeRef(recording, target.ref, { ...compute, value: result }, scope);
}

/** What a target holds before it is updated. */
function currentOf(recording: Recording, compute: Compute, scope: Scope): Value {
  const { target } = compute;
  return "register" in target
    ? scope.registers.get(target.register)!
    : loadRef(recording, target.ref, compute, scope);
}

// Function expressions in here and in `valueOf` would cost every call of them an allocation.
function updated(recording: Recording, compute: Compute, scope: Scope): Value {
  const { update, value, dtype, width } = compute;
  const partial = width.reduces && width.active < width.lanes;
  if (
    recording.fma && !partial && update === "add" && width.lanes > 1 &&
    (dtype === "f32" || dtype === "f64") && value.kind === "binary" && value.op === "mul"
  ) {
    return fusedMultiplyAdd(dtype, [
      valueOf(recording, value.left, compute, scope),
      valueOf(recording, value.right, compute, scope),
      currentOf(recording, compute, scope),
    ]);
  }
  if (compute.isSigned && value.kind === "binary") {
    const products = productsOfFours(recording, [
      valueOf(recording, value.left, compute, scope),
      valueOf(recording, value.right, compute, scope),
    ]);
    return apply("i32x4.add", [currentOf(recording, compute, scope), products]);
  }
  if (width.group === 4 && value.kind === "binary") {
    const unsigned = bytesOf(recording, value.left, compute, scope);
    const signed = bytesOf(recording, value.right, compute, scope);
    const sum = currentOf(recording, compute, scope);
    return apply("i32x4.relaxed_dot_i8x16_i7x16_add_s", [signed, unsigned, sum]);
  }
  if (update === "set") return valueOf(recording, value, compute, scope);
  const before = currentOf(recording, compute, scope);
  const operand = valueOf(recording, value, compute, scope);
  const active = partial ? withNeutralLanes(operand, startOf(update, dtype), compute) : operand;
  const kind = width.group === 1
    ? compute
    : { dtype, width: { ...width, group: 1, members: 1 } as const };
  return combine(recording.builder, update, kind, [before, active]);
}

/** A value of sixteen bytes, of which a constant is repeated. */
function bytesOf(recording: Recording, value: Expression, kind: Kind, scope: Scope): Value {
  return value.kind === "constant"
    ? vectorOf(new Uint8Array(16).fill(value.value))
    : valueOf(recording, value, kind, scope);
}

// There is no instruction for int8 alone that is exact everywhere: all products, and neighbours added twice.
function productsOfFours({ builder }: Recording, factors: readonly Value[]): Value {
  const held = factors.map((factor) => builder.let("factor", factor));
  const pairs = (["low", "high"] as const).map((half) => {
    const products = apply(`i16x8.extmul_${half}_i8x16_s`, held);
    return builder.let("pairs", apply("i32x4.extadd_pairwise_i16x8_s", [products]));
  });
  const every = (first: number) => {
    const bytes = Array.from({ length: 16 }, (_, i) => 8 * (i >> 2) + 4 * first + i % 4);
    return apply("i8x16.shuffle", pairs, bytes);
  };
  return apply("i32x4.add", [every(0), every(1)]);
}

/** A value of some width; `sum` is what a sum that is finished has come to. */
export function valueOf(
  recording: Recording,
  value: Expression,
  kind: Kind & { readonly sum?: Value },
  scope: Scope,
): Value {
  const { builder } = recording;
  switch (value.kind) {
    case "pair":
      throw new TypeError("A pair is stored where it is computed");
    case "sum":
      return kind.sum!;
    case "load":
      return loadRef(recording, value.ref, kind, scope);
    case "use":
      return usedValue(recording, value, kind, scope);
    case "requantize": {
      const x = builder.let("factor", valueOf(recording, value.value, kind, scope));
      const multiplier = builder.let("factor", valueOf(recording, value.multiplier, kind, scope));
      const shift = builder.let("factor", valueOf(recording, value.shift, kind, scope));
      return multipliedByQuantizedMultiplier(builder, x, { multiplier, shift });
    }
    case "constant":
      return constantVector(value.value, kind);
    case "binary": {
      const left = valueOf(recording, value.left, kind, scope);
      // A vector's lanes are all shifted by one scalar.
      const right = value.op === "shr" && value.right.kind === "constant"
        ? constant(value.right.value)
        : valueOf(recording, value.right, kind, scope);
      return combine(builder, value.op, kind, [left, right]);
    }
  }
}

function usedValue(
  recording: Recording,
  use: Extract<Expression, { kind: "use" }>,
  { width }: Kind,
  scope: Scope,
): Value {
  const { id, neighbours } = use;
  return neighbours === null || neighbours <= width.group
    ? scope.values.get(id)!
    : usedGroup(recording, use, width, scope);
}

// As many as there are bytes in a register.
const mostNeighbours = 16;

// A group of neighbours is repeated in all lanes once, however often it is used.
function usedGroup(
  { builder }: Recording,
  { id, first }: Extract<Expression, { kind: "use" }>,
  width: Width,
  scope: Scope,
): Value {
  const key = id * mostNeighbours + first;
  return knownGroup(scope, key) ?? keepGroup(
    scope,
    key,
    builder.let("group", repeatGroup(scope.values.get(id)!, first, width)),
  );
}

/** The four bytes of neighbours that begin with one of them, repeated in all lanes. */
function repeatGroup(neighbours: Value, first: number, { group }: Width): Value {
  return apply("i8x16.shuffle", [neighbours, neighbours], fourFrom[first * 4 / group]);
}

// Four bytes from each of sixteen on, repeated in all lanes.
const fourFrom = Array.from(
  { length: 16 },
  (_, from) => Array.from({ length: 16 }, (_, byte) => from + byte % 4),
);

// Stores the elements of two rows of int16 in turn: first[0], second[0], first[1], ...
function storeInterleaved(
  recording: Recording,
  ref: Ref,
  pair: Extract<Expression, { kind: "pair" }>,
  compute: Compute,
  scope: Scope,
): void {
  const { builder } = recording;
  const { dtype } = compute;
  const { active, lanes } = compute.width;
  const width: Width = { ...compute.width, group: 1, members: 1, active: lanes };
  const rows = [pair.first, pair.second].map((value) => {
    return builder.let("row", bytesOf(recording, value, { dtype, width }, scope));
  });
  const half = lanes / 2;
  for (let first = 0; first < active; first += half) {
    const bytes = interleavedBytes(first, half, dtypeBytes(dtype));
    const value = builder.let(`${ref.buffer}_new`, apply("i8x16.shuffle", rows, bytes));
    const stored = { ...width, active: Math.min(active - first, half) * 2 };
    const part = { ...ref, offset: ref.offset + first * ref.lane };
    storeRef(recording, part, { dtype, width: stored, value }, scope);
  }
}

function interleavedBytes(first: number, elements: number, elementBytes: number): number[] {
  const registerBytes = 16;
  return Array.from(
    { length: elements },
    (_, index) =>
      [0, registerBytes].flatMap((row) =>
        Array.from(
          { length: elementBytes },
          (_, byte) => row + (first + index) * elementBytes + byte,
        )
      ),
  ).flat();
}
