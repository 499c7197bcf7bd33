import { type DType, dtypeBytes } from "../nest/dtype.ts";
import type { Emit, Scope } from "./emit_context.ts";
import { emitConstant, emitLoad, emitStore, valueType } from "./emit_values.ts";
import type { Guard, Ref, Width } from "./program.ts";

/** Pushes the value at a reference, or what is read outside the tensor. */
export function loadRef(
  emit: Emit,
  ref: Ref,
  { dtype, width }: { readonly dtype: DType; readonly width: Width },
  scope: Scope,
): void {
  const writer = emit.writer;
  if (ref.guards.length > 0) {
    ref.guards.forEach((guard, index) => {
      pushInside(emit, guard, scope);
      if (index > 0) writer.op("i32.and");
    });
    writer.block("if", valueType(dtype, width));
  }
  const offsetBytes = ref.pointer !== null && ref.lane === 0 && scope.added.has(ref.pointer)
    ? pushAddedAddress(emit, ref, scope)
    : pushAddress(emit, ref, scope);
  emitLoad(writer, ref, { from: emit.dtypes.get(ref.buffer)!, to: dtype, width, offsetBytes });
  if (ref.guards.length > 0) {
    writer.control("else");
    emitConstant(writer, ref.outside, dtype, width);
    writer.end();
  }
}

/** Stores a local at a reference. */
export function storeRef(
  emit: Emit,
  ref: Ref,
  local: number,
  { dtype, width }: { readonly dtype: DType; readonly width: Width },
  scope: Scope,
): void {
  const address = () => {
    pushAddress(emit, ref, scope);
  };
  emitStore(emit.writer, local, { dtype, width, offsetBytes: offsetOf(emit, ref), address });
}

/** Pushes the address of a buffer's first element. */
export function pushBase(emit: Emit, buffer: string): void {
  const writer = emit.writer;
  writer.i32(emit.layout.offsetBytes[buffer]);
  const perThread = emit.layout.perThreadBytes[buffer];
  if (perThread !== undefined && emit.options.shared) {
    writer.get(emit.thread);
    writer.i32(perThread);
    writer.op("i32.mul");
    writer.op("i32.add");
  }
}

/** Bytes of one element of a buffer. */
export function elementBytes(emit: Emit, buffer: string): number {
  return dtypeBytes(emit.dtypes.get(buffer)!);
}

// 0 <= coordinate < extent, as one unsigned comparison.
function pushInside(emit: Emit, guard: Guard, scope: Scope): void {
  const writer = emit.writer;
  writer.i32(guard.offset);
  for (const [loop, stride] of Object.entries(guard.strides)) {
    writer.get(scope.steps.get(loop)!);
    writer.i32(stride);
    writer.op("i32.mul");
    writer.op("i32.add");
  }
  writer.i32(guard.extent);
  writer.op("i32.lt_u");
}

// Pushes the address and returns the offset that belongs into the instruction.
function pushAddress(emit: Emit, ref: Ref, scope: Scope): number {
  const writer = emit.writer;
  const bytes = ref.offset * elementBytes(emit, ref.buffer);
  if (ref.pointer === null) {
    if (emit.layout.perThreadBytes[ref.buffer] === undefined) {
      // A constant address inside the memory is checked once, when the module is compiled. As an
      // offset from zero it also shows V8 which vectors are neighbours and may become wider ones.
      writer.i32(0);
      return offsetOf(emit, ref);
    }
    pushBase(emit, ref.buffer);
  } else {
    writer.get(scope.pointers.get(ref.pointer)!);
  }
  if (bytes < 0) {
    writer.i32(bytes);
    writer.op("i32.add");
  }
  return offsetOf(emit, ref);
}

function pushAddedAddress(emit: Emit, ref: Ref, scope: Scope): number {
  const writer = emit.writer;
  writer.get(scope.pointers.get(ref.pointer!)!);
  writer.i32(ref.offset * elementBytes(emit, ref.buffer));
  writer.op("i32.add");
  return 0;
}

function offsetOf(emit: Emit, ref: Ref): number {
  const bytes = ref.offset * elementBytes(emit, ref.buffer);
  const constant = ref.pointer === null &&
    emit.layout.perThreadBytes[ref.buffer] === undefined;
  return constant ? emit.layout.offsetBytes[ref.buffer] + bytes : Math.max(0, bytes);
}
