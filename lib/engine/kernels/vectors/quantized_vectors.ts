import type { Value } from "../../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";
import { dtypeRange } from "../../../model/dtype.ts";
import type { Tensor } from "../../../model/tensor.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import { integerRange, zeroPointOf } from "../../reference/expect.ts";
import type { Elements } from "../elementwise/element_loops.ts";
import { loadBytes, storeBytes } from "./bytes.ts";

/** Elements that kernels on vectors compute together: 16 bytes of the smallest type. */
export const LANES = 16;

/** Up to 16 elements of 8 or 16 bits as int16, eight a vector, as they are. */
export function loadInt16(
  b: KernelBuilder,
  { dtype }: Tensor,
  { at, count }: { readonly at: Elements; readonly count: number },
): Value[] {
  const parts = Array.from({ length: Math.ceil(count / 8) }, (_, part) => part);
  const sign = dtype === "uint8" ? "u" : "s";
  if (dtype === "int16") {
    if (at.isStretched) return splats(b, b.load("v128.load16_splat", at), parts);
    return parts.map((part) => (
      b.let("x", loadBytes(b, beyond(at, part * 16), (count - part * 8) * 2))
    ));
  }
  if (at.isStretched) {
    const wide = apply(`i16x8.extend_low_i8x16_${sign}`, [b.load("v128.load8_splat", at)]);
    return splats(b, wide, parts);
  }
  return parts.map((part) => {
    const place = beyond(at, part * 8);
    if (count - part * 8 >= 8) return b.let("x", b.load(`i16x8.load8x8_${sign}`, place));
    const bytes = loadBytes(b, place, count - part * 8);
    return b.let("x", apply(`i16x8.extend_low_i8x16_${sign}`, [bytes]));
  });
}

/** Up to 16 elements of 8 or 16 bits less their zero point, as int32, four a vector. */
export function loadCentred(
  b: KernelBuilder,
  pool: ConstantPool,
  { tensor, at, count }: {
    readonly tensor: Tensor;
    readonly at: Elements;
    readonly count: number;
  },
): Value[] {
  const zeroPoint = zeroPointOf(tensor);
  const narrow = loadInt16(b, tensor, { at, count });
  if (tensor.dtype === "int16") {
    const wide = widen(narrow, count);
    if (zeroPoint === 0) return wide;
    return wide.map((x) => apply("i32x4.sub", [x, pool.splat32(zeroPoint)]));
  }
  return widen(narrow.map((x) => b.let("x", centred(pool, x, zeroPoint))), count);
}

/** Elements of 8 bits, as int16, less their zero point. */
export function centred(pool: ConstantPool, x: Value, zeroPoint: number): Value {
  return zeroPoint === 0 ? x : apply("i16x8.sub", [x, pool.splat16(zeroPoint)]);
}

/** Vectors of int16 as twice as many of int32, `count` elements of them. */
export function widen(narrow: readonly Value[], count: number): Value[] {
  return narrow.flatMap((x) => [
    apply("i32x4.extend_low_i16x8_s", [x]),
    apply("i32x4.extend_high_i16x8_s", [x]),
  ]).slice(0, Math.ceil(count / 4));
}

/** Stores up to 16 int32 as elements of 8 or 16 bits: zero point added, clamped to the range. */
export function storeQuantized(
  b: KernelBuilder,
  pool: ConstantPool,
  { values, at, count, tensor: { dtype }, zeroPoint, range }: {
    readonly values: readonly Value[];
    readonly at: At;
    readonly count: number;
    readonly tensor: Tensor;
    readonly zeroPoint: number;
    readonly range: { readonly min: number; readonly max: number };
  },
): void {
  const { min, max } = dtypeRange(dtype)!;
  if (dtype === "int16") {
    const clamped = values.map((value) => {
      if (zeroPoint === 0 && range.min === min && range.max === max) return value;
      const low = apply("i32x4.max_s", [value, pool.splat32(range.min - zeroPoint)]);
      const both = apply("i32x4.min_s", [low, pool.splat32(range.max - zeroPoint)]);
      return apply("i32x4.add", [both, pool.splat32(zeroPoint)]);
    });
    const packed = narrowed(b, clamped);
    packed.forEach((x, part) => {
      storeBytes(b, beyond(at, part * 16), x, (count - part * 8) * 2);
    });
    return;
  }
  const halves = narrowed(b, values).map((x) => (
    zeroPoint === 0 ? x : apply("i16x8.add_sat_s", [x, pool.splat16(zeroPoint)])
  ));
  const sign = dtype === "uint8" ? "u" : "s";
  let bytes = apply(`i8x16.narrow_i16x8_${sign}`, [halves[0], halves[1] ?? halves[0]]);
  if (range.min > min) bytes = apply(`i8x16.max_${sign}`, [bytes, pool.splat8(range.min)]);
  if (range.max < max) bytes = apply(`i8x16.min_${sign}`, [bytes, pool.splat8(range.max)]);
  storeBytes(b, at, b.let("bytes", bytes), count);
}

/** A place some bytes further on. */
export function beyond<Place extends At>(at: Place, bytes: number): Place {
  return { ...at, offsetBytes: (at.offsetBytes ?? 0) + bytes };
}

/** Vectors of int32 as half as many of int16, saturated. */
function narrowed(b: KernelBuilder, values: readonly Value[]): Value[] {
  const result: Value[] = [];
  for (let i = 0; i < values.length; i += 2) {
    const pair = [values[i], values[i + 1] ?? values[i]];
    result.push(b.let("narrow", apply("i16x8.narrow_i32x4_s", pair)));
  }
  return result;
}

function splats(b: KernelBuilder, value: Value, parts: readonly number[]): Value[] {
  const x = b.let("x", value);
  return parts.map(() => x);
}

/**
 * Up to four vectors of int32 as 16 elements of int8: zero point added, saturated, clamped to `range`.
 * With fewer vectors the last one is repeated.
 */
export function narrowToInt8(
  pool: ConstantPool,
  vectors: readonly Value[],
  { zeroPoint, range }: {
    readonly zeroPoint: number;
    readonly range: { readonly min: number; readonly max: number };
  },
): Value {
  const halves: Value[] = [];
  for (let v = 0; v < vectors.length; v += 2) {
    const narrow = apply("i16x8.narrow_i32x4_s", [vectors[v], vectors[v + 1] ?? vectors[v]]);
    halves.push(
      zeroPoint === 0 ? narrow : apply("i16x8.add_sat_s", [narrow, pool.splat16(zeroPoint)]),
    );
  }
  const bytes = apply("i8x16.narrow_i16x8_s", [halves[0], halves[1] ?? halves[0]]);
  return clampInt8(pool, bytes, range);
}

/** Elements of int8 clamped to `range`. */
export function clampInt8(
  pool: ConstantPool,
  bytes: Value,
  { min, max }: { readonly min: number; readonly max: number },
): Value {
  const raised = min > -128 ? apply("i8x16.max_s", [bytes, pool.splat8(min)]) : bytes;
  return max < 127 ? apply("i8x16.min_s", [raised, pool.splat8(max)]) : raised;
}

/** Loads of one element of an integer type. */
export const LOADS = {
  int8: "i32.load8_s",
  uint8: "i32.load8_u",
  int16: "i32.load16_s",
  int32: "i32.load",
} as const;

/** Stores of one element of an integer type. */
export const STORES = {
  int8: "i32.store8",
  uint8: "i32.store8",
  int16: "i32.store16",
  int32: "i32.store",
} as const;

/** The largest absolute value of an element less its zero point. */
export function largestCentred(tensor: Tensor): number {
  const { min, max } = integerRange(tensor.dtype);
  const zeroPoint = zeroPointOf(tensor);
  return Math.max(zeroPoint - min, max - zeroPoint);
}
