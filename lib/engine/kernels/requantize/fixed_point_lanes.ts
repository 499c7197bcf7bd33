import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { multipliedByQuantizedMultiplier } from "../../../kernel/quantized_multiplier.ts";
import { apply, callOf, constant, type Operand } from "../../../kernel/values.ts";
import type { ConstantPool } from "../../constant_pool.ts";

const NAME = "multiply_by_quantized_multiplier";

/**
 * A function `(x, multiplier, shift)` on i32 that rounds as gemmlowp does: see
 * `multiplyByQuantizedMultiplier`. A kernel that calls it lists it in its code.
 */
export const multiplyCode: KernelCode = writeMultiply();

/** Calls it. */
export function multiplied(x: Operand, multiplier: Operand, shift: Operand): Value {
  return callOf(NAME, "i32", [x, multiplier, shift]);
}

function writeMultiply(): KernelCode {
  const b = new KernelBuilder();
  const [x, multiplier, shift] = ["x", "multiplier", "shift"].map((name) => b.parameter(name));
  return b.finish(NAME, multipliedByQuantizedMultiplier(b, x, { multiplier, shift }));
}

/** Every lane multiplied by its own factor, in a function. */
export function multipliedLanes(
  b: KernelBuilder,
  value: Value,
  factorOf: (lane: number) => { readonly multiplier: Operand; readonly shift: Operand },
): Value {
  const x = b.let("x", value);
  const scaled = (i: number) => {
    const { multiplier, shift } = factorOf(i);
    return multiplied(lane(x, i), multiplier, shift);
  };
  const q = b.let("q", apply("i32x4.splat", [scaled(0)]));
  for (const i of [1, 2, 3]) b.set(q, apply("i32x4.replace_lane", [q, scaled(i)], [i]));
  return q;
}

export function lane(vector: Value, i: number): Value {
  return apply("i32x4.extract_lane", [vector], [i]);
}

/** `(x * factor + rounding) >> 32`, the roundings of lanes 0, 1 and 2, 3 as int64. */
export function highHalf(
  b: KernelBuilder,
  x: Value,
  { factor, low, high }: { readonly factor: Value; readonly low: Value; readonly high: Value },
): Value {
  const product = (part: "low" | "high", rounding: Value): Value =>
    apply("i64x2.add", [apply(`i64x2.extmul_${part}_i32x4_s`, [x, factor]), rounding]);
  const halves = [b.let("low", product("low", low)), b.let("high", product("high", high))];
  return b.let("q", apply("i8x16.shuffle", halves, ODD_LANES));
}

/** `(2 x * factor + 2^31) >> 32` where doubling could overflow 32 bits. */
export function highHalfDoubled(
  b: KernelBuilder,
  pool: ConstantPool,
  { x, factor }: { readonly x: Value; readonly factor: Value },
): Value {
  const product = (part: "low" | "high"): Value => {
    const exact = apply(`i64x2.extmul_${part}_i32x4_s`, [x, factor]);
    return apply("i64x2.shl", [
      apply("i64x2.add", [exact, pool.splat64(2n ** 30n)]),
      constant(1),
    ]);
  };
  const halves = [b.let("low", product("low")), b.let("high", product("high"))];
  return b.let("q", apply("i8x16.shuffle", halves, ODD_LANES));
}

/** `round(x / 2^bits)`, halves away from zero, where adding half does not overflow. */
export function roundingShift(
  b: KernelBuilder,
  pool: ConstantPool,
  { x, bits }: { readonly x: Value; readonly bits: number },
): Value {
  const sign = apply("i32x4.shr_s", [x, constant(31)]);
  const rounded = apply("i32x4.add", [
    apply("i32x4.add", [x, pool.splat32(2 ** (bits - 1))]),
    sign,
  ]);
  return b.let("q", apply("i32x4.shr_s", [rounded, constant(bits)]));
}

const ODD_LANES = [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31];
