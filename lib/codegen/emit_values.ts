import { type DType, dtypeBytes, zeros } from "../nest/dtype.ts";
import type { BinaryOp } from "../nest/nest.ts";
import type { FunctionWriter } from "./wasm/function_writer.ts";
import type { ValueType } from "../kernel/instruction.ts";
import type { Opcode } from "../kernel/instructions.ts";
import type { Ref, Width } from "./program.ts";

/** WebAssembly type of a value of some width; 8- and 16-bit integers live in an i32. */
export function valueType(dtype: DType, width: Width): ValueType {
  if (width.lanes > 1) return "v128";
  return dtype === "f32" || dtype === "f64" ? dtype : "i32";
}

/** Loads from the address on the stack, converted to `to`. */
export function emitLoad(
  writer: FunctionWriter,
  ref: Ref,
  load: {
    readonly from: DType;
    readonly to: DType;
    readonly width: Width;
    readonly offsetBytes: number;
  },
): void {
  const { from, to, width, offsetBytes } = load;
  if (width.lanes === 1) {
    writer.memory(scalarLoads[from], offsetBytes);
    emitConversion(writer, from, to);
  } else if (ref.lane === 0) {
    emitSplat(writer, load);
  } else {
    emitVector(writer, load);
  }
}

/** Applies an operation to the two values on the stack. */
export function emitBinary(writer: FunctionWriter, op: BinaryOp, dtype: DType, width: Width): void {
  if (width.pairs === 2 && op === "mul") {
    writer.op("i32x4.dot_i16x8_s");
    return;
  }
  const type = valueType(dtype, width);
  if (type === "i32" && (op === "min" || op === "max")) {
    emitScalarSelect(writer, op);
    return;
  }
  const prefix = type === "v128" ? vectorPrefix(dtype) : type;
  const signed = op === "shr" || ((op === "min" || op === "max") && prefix.startsWith("i"));
  const suffix = signed ? "_s" : "";
  writer.op(`${prefix}.${op}${suffix}` as Opcode);
}

/** Pushes a number as a value of the dtype, in every lane. */
export function emitConstant(
  writer: FunctionWriter,
  value: number,
  dtype: DType,
  width: Width,
): void {
  if (dtype === "f32") writer.f32(value);
  else if (dtype === "f64") writer.f64(value);
  else writer.i32(value);
  if (width.lanes > 1) writer.op(`${vectorPrefix(dtype)}.splat` as Opcode);
}

/** Puts `neutral`, which a reduction leaves out, into the lanes past the end. */
export function emitNeutralLanes(
  writer: FunctionWriter,
  neutral: number,
  { dtype, width }: { readonly dtype: DType; readonly width: Width },
): void {
  const activeBytes = width.active * dtypeBytes(dtype);
  writer.v128(new Uint8Array(16).fill(0xff, 0, activeBytes));
  writer.op("v128.and");
  if (neutral === 0) return;
  const lanes = zeros(dtype, width.lanes).fill(neutral, width.active);
  writer.v128(new Uint8Array(lanes.buffer));
  writer.op("v128.or");
}

/** Stores the active lanes of `local` to the address that `address` pushes. */
export function emitStore(
  writer: FunctionWriter,
  local: number,
  store: {
    readonly dtype: DType;
    readonly width: Width;
    readonly offsetBytes: number;
    readonly address: () => void;
  },
): void {
  const { dtype, width, offsetBytes, address } = store;
  if (width.lanes === 1 || width.active === width.lanes) {
    address();
    writer.get(local);
    writer.memory(width.lanes === 1 ? scalarStores[dtype] : "v128.store", offsetBytes);
    return;
  }
  // A last vector that is not full: 8, 4, 2, 1 bytes at a time.
  const totalBytes = width.active * dtypeBytes(dtype);
  let doneBytes = 0;
  for (const chunkBytes of [8, 4, 2, 1] as const) {
    while (totalBytes - doneBytes >= chunkBytes) {
      address();
      writer.get(local);
      const name = `v128.store${chunkBytes * 8}_lane` as Opcode;
      writer.memoryLane(name, offsetBytes + doneBytes, doneBytes / chunkBytes);
      doneBytes += chunkBytes;
    }
  }
}

/** Combines the lanes of a vector into one scalar, pairwise: (0 + 1) + (2 + 3). */
export function emitAcrossLanes(
  writer: FunctionWriter,
  local: number,
  combine: { readonly op: BinaryOp; readonly dtype: DType; readonly lanes: number },
): void {
  const { op, dtype, lanes } = combine;
  const one: Width = { lanes: 1, active: 1, pairs: 1, reduces: false };
  const lane = (index: number) => {
    writer.get(local);
    writer.lane(`${vectorPrefix(dtype)}.extract_lane` as Opcode, index);
  };
  for (let index = 0; index < lanes; index += 2) {
    lane(index);
    lane(index + 1);
    emitBinary(writer, op, dtype, one);
    if (index > 0) emitBinary(writer, op, dtype, one);
  }
}

/** Name of the lane shape that holds a dtype in a register. */
export function vectorPrefix(dtype: DType): string {
  return vectorShapes[dtype];
}

const vectorShapes: Readonly<Record<DType, string>> = {
  f32: "f32x4",
  f64: "f64x2",
  i8: "i8x16",
  u8: "i8x16",
  i16: "i16x8",
  i32: "i32x4",
};

const scalarLoads: Readonly<Record<DType, Opcode>> = {
  f32: "f32.load",
  f64: "f64.load",
  i8: "i32.load8_s",
  u8: "i32.load8_u",
  i16: "i32.load16_s",
  i32: "i32.load",
};

const scalarStores: Readonly<Record<DType, Opcode>> = {
  f32: "f32.store",
  f64: "f64.store",
  i8: "i32.store8",
  u8: "i32.store8",
  i16: "i32.store16",
  i32: "i32.store",
};

function emitConversion(writer: FunctionWriter, from: DType, to: DType): void {
  if (from === "f32" && to === "f64") writer.op("f64.promote_f32");
  else if (from === "f32" || from === "f64") return;
  else if (to === "f32") writer.op("f32.convert_i32_s");
  else if (to === "f64") writer.op("f64.convert_i32_s");
}

function emitSplat(
  writer: FunctionWriter,
  { from, to, width, offsetBytes }: {
    readonly from: DType;
    readonly to: DType;
    readonly width: Width;
    readonly offsetBytes: number;
  },
): void {
  if (width.pairs === 2 || (from === to && dtypeBytes(to) === 4)) {
    writer.memory("v128.load32_splat", offsetBytes);
  } else if (from === to && to === "f64") {
    writer.memory("v128.load64_splat", offsetBytes);
  } else {
    writer.memory(scalarLoads[from], offsetBytes);
    emitConversion(writer, from, to);
    writer.op(`${vectorPrefix(to)}.splat` as Opcode);
  }
}

function emitVector(
  writer: FunctionWriter,
  { from, to, width, offsetBytes }: {
    readonly from: DType;
    readonly to: DType;
    readonly width: Width;
    readonly offsetBytes: number;
  },
): void {
  const narrow = from === "i8" || from === "u8";
  const sign = from === "u8" ? "u" : "s";
  if (from === to || (width.pairs === 2 && from === "i16")) {
    writer.memory("v128.load", offsetBytes);
  } else if (narrow && (to === "i16" || width.pairs === 2)) {
    writer.memory(`i16x8.load8x8_${sign}`, offsetBytes);
  } else {
    if (narrow) {
      writer.memory("v128.load32_zero", offsetBytes);
      writer.op(`i16x8.extend_low_i8x16_${sign}`);
      writer.op("i32x4.extend_low_i16x8_s");
    } else {
      writer.memory(from === "i32" ? "v128.load" : "i32x4.load16x4_s", offsetBytes);
    }
    if (to === "f32") writer.op("f32x4.convert_i32x4_s");
  }
}

function emitScalarSelect(writer: FunctionWriter, op: "min" | "max"): void {
  const right = writer.local("i32");
  const left = writer.local("i32");
  writer.set(right);
  writer.tee(left);
  writer.get(right);
  writer.get(left);
  writer.get(right);
  writer.op(op === "min" ? "i32.lt_s" : "i32.gt_s");
  writer.op("select");
}
