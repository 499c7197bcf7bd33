import type { Value } from "../../kernel/kernel.ts";
import { multipliedByQuantizedMultiplier } from "../../kernel/quantized_multiplier.ts";
import { apply, constant } from "../../kernel/values.ts";
import { dtypeBytes } from "../../nest/dtype.ts";
import type { Compute, Expression, Ref, Width } from "../program.ts";
import { loadRef, startOf, storeRef } from "./access.ts";
import { type Recording, repeatGroup, type Scope } from "./recording.ts";
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
    const register = scope.registers.get(target.register)!;
    builder.set(register, updated(recording, compute, () => register, scope));
    return;
  }
  if (value.kind === "pair") return storeInterleaved(recording, target.ref, value, compute, scope);
  const current = () => loadRef(recording, target.ref, compute, scope);
  const result = builder.let(
    `${target.ref.buffer}_new`,
    updated(recording, compute, current, scope),
  );
  storeRef(recording, target.ref, { ...compute, value: result }, scope);
}

function updated(
  recording: Recording,
  compute: Compute,
  current: () => Value,
  scope: Scope,
): Value {
  const { update, value, dtype, width } = compute;
  const partial = width.reduces && width.active < width.lanes;
  if (
    recording.fma && !partial && update === "add" && width.lanes > 1 &&
    (dtype === "f32" || dtype === "f64") && value.kind === "binary" && value.op === "mul"
  ) {
    return fusedMultiplyAdd(dtype, [...factorsOf(recording, value, compute, scope), current()]);
  }
  if (compute.isSigned && value.kind === "binary") {
    const products = productsOfFours(recording, factorsOf(recording, value, compute, scope));
    return apply("i32x4.add", [current(), products]);
  }
  if (width.group === 4 && value.kind === "binary") {
    const [unsigned, signed] = [value.left, value.right].map((each) =>
      each.kind === "constant"
        ? vectorOf(new Uint8Array(16).fill(each.value))
        : valueOf(recording, each, compute, scope)
    );
    return apply("i32x4.relaxed_dot_i8x16_i7x16_add_s", [signed, unsigned, current()]);
  }
  if (update === "set") return valueOf(recording, value, compute, scope);
  const before = current();
  const operand = valueOf(recording, value, compute, scope);
  const active = partial ? withNeutralLanes(operand, startOf(update, dtype), compute) : operand;
  const kind = { dtype, width: { ...width, group: 1, members: 1 } as const };
  return combine(recording.builder, update, kind, [before, active]);
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

function factorsOf(
  recording: Recording,
  { left, right }: Extract<Expression, { kind: "binary" }>,
  kind: Kind,
  scope: Scope,
): Value[] {
  return [left, right].map((each) => valueOf(recording, each, kind, scope));
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
      const [x, multiplier, shift] = [value.value, value.multiplier, value.shift]
        .map((each) => builder.let("factor", valueOf(recording, each, kind, scope)));
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

// A group of neighbours is repeated in all lanes once, however often it is used.
function usedValue(
  { builder }: Recording,
  { id, neighbours, first }: Extract<Expression, { kind: "use" }>,
  { width }: Kind,
  scope: Scope,
): Value {
  const value = scope.values.get(id)!;
  if (neighbours === null || neighbours <= width.group) return value;
  const key = `${id}:${first}`;
  const group = scope.groups.get(key) ?? builder.let("group", repeatGroup(value, first, width));
  scope.groups.set(key, group);
  return group;
}

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
    const row = value.kind === "constant"
      ? vectorOf(new Uint8Array(16).fill(value.value))
      : valueOf(recording, value, { dtype, width }, scope);
    return builder.let("row", row);
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
