import { type ValueType, vectorType } from "../../kernel/instruction.ts";
import type { Value } from "../../kernel/kernel.ts";
import { type At, type KernelBuilder, loadOf } from "../../kernel/kernel_builder.ts";
import type { Opcode } from "../../kernel/opcode.ts";
import { apply, choose, constant, widened } from "../../kernel/values.ts";
import { dtypeBytes, type NestDtype, zeros } from "../../nest/dtype.ts";
import type { BinaryOp } from "../../nest/nest.ts";
import type { Width } from "../program.ts";
import { loadGroup, loadGroups } from "./recording.ts";

/** What an operation works on. */
export interface Kind {
  readonly dtype: NestDtype;
  readonly width: Width;
}

/** One element by itself. */
export const one: Width = { lanes: 1, active: 1, group: 1, members: 1, reduces: false };

/** A number as a value of the dtype, in every lane. */
export function constantVector(value: number, { dtype, width }: Kind): Value {
  const scalar = constant(value, scalarType(dtype));
  return width.lanes > 1 ? inWidth(splat(dtype, scalar), { dtype, width }) : scalar;
}

/** How an element or a vector of them is loaded. */
interface LoadForm {
  readonly at: Omit<At, "usedBytes" | "alignmentBytes"> & { readonly offsetBytes: number };
  readonly repeated: boolean;
  readonly isFilled: boolean;
  readonly isExact: boolean;
}

/** What memory holds at a place, converted: the same element in all lanes if `repeated`. */
export function loadAs(kind: Kind, from: NestDtype, form: LoadForm): Value {
  return inWidth(loadPart(kind, from, form), kind);
}

/** A value of each 16 bytes of a vector as all of it. */
export function inWidth(value: Value, { dtype, width }: Kind): Value {
  const bytes = width.lanes * dtypeBytes(dtype);
  return bytes > 16 ? widened(value, vectorType(bytes)) : value;
}

function loadPart(
  { dtype: to, width }: Kind,
  from: NestDtype,
  { at, repeated, isFilled, isExact }: LoadForm,
): Value {
  const { lanes, active, group, members } = width;
  if (repeated && group > 1) return loadGroup(at, from, { group, members, isFilled });
  if (lanes === 1 && group === 1) return converted(loadOf(scalarLoads[from], at), from, to);
  if (repeated) return loadRepeated(at, from, to);
  const isPart = isExact && from === "f32" && to === "f32" && active < lanes;
  if (isPart) return loadFloats(at, active);
  const { region, address, offsetBytes, isIndex } = at;
  const usedBytes = active * group * dtypeBytes(from);
  const row = { region, address, offsetBytes, isIndex, usedBytes };
  return group > 1 ? loadGroups(row, from, width) : loadVector(row, from, to);
}

/** The first floats of a vector, and no byte more. */
function loadFloats(at: At & { readonly offsetBytes: number }, count: number): Value {
  if (count === 1) return loadOf("v128.load32_zero", at);
  const two = loadOf("v128.load64_zero", at);
  if (count === 2) return two;
  const third = loadOf("f32.load", { ...at, offsetBytes: at.offsetBytes + 8 });
  return apply("f32x4.replace_lane", [two, third], [2]);
}

/** An operation on two values; what a choice needs twice gets a variable. */
export function combine(
  builder: KernelBuilder,
  op: BinaryOp,
  { dtype, width }: Kind,
  operands: readonly [Value, Value],
): Value {
  if (width.group === 2 && op === "mul") return apply("i32x4.dot_i16x8_s", operands);
  const isVector = width.lanes > 1;
  if (!isVector && scalarType(dtype) === "i32" && (op === "min" || op === "max")) {
    const a = held(builder, operands[0]);
    const b = held(builder, operands[1]);
    return choose(apply(op === "min" ? "i32.lt_s" : "i32.gt_s", [a, b]), a, b);
  }
  return apply((isVector ? vectorOps : scalarOps)[dtype][op], operands);
}

/** Multiplication and addition with one rounding. */
export function fusedMultiplyAdd(dtype: "f32" | "f64", operands: readonly Value[]): Value {
  return apply(dtype === "f32" ? "f32x4.relaxed_madd" : "f64x2.relaxed_madd", operands);
}

/** A vector with `neutral`, which a reduction leaves out, in the lanes past the end. */
export function withNeutralLanes(value: Value, neutral: number, { dtype, width }: Kind): Value {
  const mask = new Uint8Array(16).fill(0xff, 0, width.active * dtypeBytes(dtype));
  const kept = apply("v128.and", [value, vectorOf(mask)]);
  if (neutral === 0) return kept;
  const lanes = zeros(dtype, width.lanes).fill(neutral, width.active);
  return apply("v128.or", [kept, vectorOf(new Uint8Array(lanes.buffer))]);
}

/** One lane of a vector, as a scalar. */
export function laneOf(vector: Value, dtype: NestDtype, lane: number): Value {
  return apply(`${vectorShapes[dtype]}.extract_lane` as Opcode, [vector], [lane]);
}

/** The lanes of a vector combined into one scalar, pairwise: (0 + 1) + (2 + 3). */
export function acrossLanes(
  builder: KernelBuilder,
  op: BinaryOp,
  { dtype, width }: Kind,
  vector: Value,
): Value {
  const scalar: Kind = { dtype, width: one };
  const lane = (index: number) => laneOf(vector, dtype, index);
  let sum = combine(builder, op, scalar, [lane(0), lane(1)]);
  for (let index = 2; index < width.lanes; index += 2) {
    const next = combine(builder, op, scalar, [lane(index), lane(index + 1)]);
    sum = combine(builder, op, scalar, [sum, next]);
  }
  return sum;
}

/** Stores a scalar, or the active lanes of a vector: the last ones 8, 4, 2, 1 bytes at a time. */
export function storeActive(
  builder: KernelBuilder,
  { dtype, width }: Kind,
  at: At & { readonly offsetBytes: number },
  value: Value,
): void {
  if (width.lanes === 1) return builder.store(scalarStores[dtype], at, value);
  if (width.active === width.lanes) return builder.store("v128.store", at, value);
  const totalBytes = width.active * dtypeBytes(dtype);
  let doneBytes = 0;
  for (const chunkBytes of [8, 4, 2, 1] as const) {
    while (totalBytes - doneBytes >= chunkBytes) {
      const behind = { ...at, offsetBytes: at.offsetBytes + doneBytes };
      const op = `v128.store${chunkBytes * 8}_lane` as Opcode;
      builder.store(op, behind, value, doneBytes / chunkBytes);
      doneBytes += chunkBytes;
    }
  }
}

/** A vector given by its bytes. */
export function vectorOf(bytes: Uint8Array): Value {
  return { kind: "bytes", type: "v128", bytes };
}

const vectorShapes: Readonly<Record<NestDtype, string>> = {
  f32: "f32x4",
  f64: "f64x2",
  i8: "i8x16",
  u8: "i8x16",
  i16: "i16x8",
  i32: "i32x4",
};

const vectorOps = mapped(vectorShapes, opsOf);
const scalarOps = mapped(vectorShapes, (_, dtype) => opsOf(scalarType(dtype)));

function mapped<Result>(
  shapes: Readonly<Record<NestDtype, string>>,
  map: (shape: string, dtype: NestDtype) => Result,
): Readonly<Record<NestDtype, Result>> {
  const entries = Object.entries(shapes).map((
    [dtype, shape],
  ) => [dtype, map(shape, dtype as NestDtype)]);
  return Object.fromEntries(entries);
}

/** The instructions of a shape, by operation. */
function opsOf(shape: string): Readonly<Record<BinaryOp, Opcode>> {
  const signed = shape.startsWith("i") ? "_s" : "";
  const named = {
    add: "add",
    sub: "sub",
    mul: "mul",
    min: `min${signed}`,
    max: `max${signed}`,
    shr: "shr_s",
  };
  const entries = Object.entries(named).map(([op, name]) => [op, `${shape}.${name}` as Opcode]);
  return Object.fromEntries(entries) as Record<BinaryOp, Opcode>;
}

const scalarLoads: Readonly<Record<NestDtype, Opcode>> = {
  f32: "f32.load",
  f64: "f64.load",
  i8: "i32.load8_s",
  u8: "i32.load8_u",
  i16: "i32.load16_s",
  i32: "i32.load",
};

const scalarStores: Readonly<Record<NestDtype, Opcode>> = {
  f32: "f32.store",
  f64: "f64.store",
  i8: "i32.store8",
  u8: "i32.store8",
  i16: "i32.store16",
  i32: "i32.store",
};

// Integers of 8 and 16 bits live in an i32.
function scalarType(dtype: NestDtype): ValueType {
  return dtype === "f32" || dtype === "f64" ? dtype : "i32";
}

function splat(dtype: NestDtype, scalar: Value): Value {
  return apply(`${vectorShapes[dtype]}.splat` as Opcode, [scalar]);
}

function held(builder: KernelBuilder, value: Value): Value {
  return value.kind === "local" || value.kind === "constant" ? value : builder.let("one", value);
}

function converted(value: Value, from: NestDtype, to: NestDtype): Value {
  if (from === "f32" && to === "f64") return apply("f64.promote_f32", [value]);
  if (from === "f32" || from === "f64") return value;
  if (to === "f32") return apply("f32.convert_i32_s", [value]);
  if (to === "f64") return apply("f64.convert_i32_s", [value]);
  return value;
}

function loadRepeated(at: At, from: NestDtype, to: NestDtype): Value {
  if (from === to && dtypeBytes(to) === 4) return loadOf("v128.load32_splat", at);
  if (from === to && to === "f64") return loadOf("v128.load64_splat", at);
  return splat(to, converted(loadOf(scalarLoads[from], at), from, to));
}

function loadVector(at: At, from: NestDtype, to: NestDtype): Value {
  const isNarrow = from === "i8" || from === "u8";
  const sign = from === "u8" ? "u" : "s";
  if (from === to || (isNarrow && dtypeBytes(to) === 1)) return loadOf("v128.load", at);
  if (isNarrow && to === "i16") return loadOf(`i16x8.load8x8_${sign}`, at);
  const integers = isNarrow
    ? apply("i32x4.extend_low_i16x8_s", [
      apply(`i16x8.extend_low_i8x16_${sign}`, [loadOf("v128.load32_zero", at)]),
    ])
    : loadOf(from === "i32" ? "v128.load" : "i32x4.load16x4_s", at);
  return to === "f32" ? apply("f32x4.convert_i32x4_s", [integers]) : integers;
}
