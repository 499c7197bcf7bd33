import { dtypeBytes } from "../nest/dtype.ts";
import type { Emit, Scope } from "./emit_context.ts";
import { loadRef, storeRef } from "./emit_memory.ts";
import { emitBinary, emitConstant, emitNeutralLanes, valueType } from "./emit_values.ts";
import type { Compute, Ref, Value, Width } from "./program.ts";
import { startOf } from "./start_of.ts";

/** One update of a register or of memory. */
export function emitCompute(emit: Emit, compute: Compute, scope: Scope): void {
  const writer = emit.writer;
  const { target, update, value, dtype, width } = compute;
  if (value.kind === "pair" && "ref" in target) {
    emitInterleaved(emit, target.ref, value, compute, scope);
    return;
  }
  const register = "register" in target ? scope.registers.get(target.register)! : null;
  const current = () => {
    if (register !== null) writer.get(register);
    else if ("ref" in target) loadRef(emit, target.ref, { dtype, width }, scope);
  };
  const partial = width.reduces && width.active < width.lanes;
  const fused = emit.options.fma && !partial && update === "add" && width.lanes > 1 &&
    (dtype === "f32" || dtype === "f64") && value.kind === "binary" && value.op === "mul";
  if (fused) {
    emitValue(emit, value.left, compute, scope);
    emitValue(emit, value.right, compute, scope);
    current();
    writer.op(dtype === "f32" ? "f32x4.relaxed_madd" : "f64x2.relaxed_madd");
  } else if (update === "set") {
    emitValue(emit, value, compute, scope);
  } else {
    current();
    emitValue(emit, value, compute, scope);
    if (partial) emitNeutralLanes(writer, startOf(update, dtype), compute);
    emitBinary(writer, update, dtype, { ...width, pairs: 1 });
  }
  if (register !== null) {
    writer.set(register);
  } else if ("ref" in target) {
    const result = writer.local(valueType(dtype, width));
    writer.set(result);
    storeRef(emit, target.ref, result, compute, scope);
  }
}

// Stores the elements of two rows of int16 in turn: first[0], second[0], first[1], ...
function emitInterleaved(
  emit: Emit,
  ref: Ref,
  pair: Extract<Value, { kind: "pair" }>,
  compute: Compute,
  scope: Scope,
): void {
  const writer = emit.writer;
  const { dtype } = compute;
  const { active, lanes } = compute.width;
  const width: Width = { ...compute.width, pairs: 1, active: lanes };
  const rows = [pair.first, pair.second].map((value) => {
    const local = writer.local("v128");
    if (value.kind === "constant") writer.v128(new Uint8Array(16).fill(value.value));
    else emitValue(emit, value, { ...compute, width }, scope);
    writer.set(local);
    return local;
  });
  const half = lanes / 2;
  for (let first = 0; first < active; first += half) {
    const result = writer.local("v128");
    writer.get(rows[0]);
    writer.get(rows[1]);
    writer.shuffle(interleavedBytes(first, half, dtypeBytes(dtype)));
    writer.set(result);
    const stored = Math.min(active - first, half) * 2;
    const part = { ...ref, offset: ref.offset + first * ref.lane };
    storeRef(emit, part, result, { dtype, width: { ...width, active: stored } }, scope);
  }
}

function emitValue(emit: Emit, value: Value, compute: Compute, scope: Scope): void {
  const { dtype, width } = compute;
  switch (value.kind) {
    case "pair":
      throw new TypeError("A pair is stored where it is computed");
    case "load":
      loadRef(emit, value.ref, compute, scope);
      break;
    case "use":
      emit.writer.get(scope.values.get(value.id)!);
      break;
    case "constant":
      emitConstant(emit.writer, value.value, dtype, width);
      break;
    case "binary":
      emitValue(emit, value.left, compute, scope);
      // A vector's lanes are all shifted by one scalar.
      if (value.op === "shr" && value.right.kind === "constant") emit.writer.i32(value.right.value);
      else emitValue(emit, value.right, compute, scope);
      emitBinary(emit.writer, value.op, dtype, width);
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
