import type { Value } from "./kernel.ts";
import type { KernelBuilder } from "./kernel_builder.ts";
import { add, apply, constant, max, type Operand, sub } from "./values.ts";

/**
 * `x * multiplier * 2 ** (shift - 31)` on i32 with gemmlowp's double rounding: the high half of the
 * doubled product, then a division by a power of two, halves away from zero. The arithmetic is
 * `multiplyByQuantizedMultiplier` of lib/model/fixed_point.ts; with multipliers of at least 0 nothing
 * saturates.
 */
export function multipliedByQuantizedMultiplier(
  b: KernelBuilder,
  x: Operand,
  { multiplier, shift }: { readonly multiplier: Operand; readonly shift: Operand },
): Value {
  const left = b.let("left", max(shift, 0));
  const right = b.let("right", max(sub(0, shift), 0));
  const wide = (value: Operand) => apply("i64.extend_i32_s", [value]);
  const product = apply("i64.mul", [wide(apply("i32.shl", [x, left])), wide(multiplier)]);
  const rounded = apply("i64.add", [product, constant(2 ** 30, "i64")]);
  const high = b.let(
    "high",
    apply("i32.wrap_i64", [apply("i64.shr_s", [rounded, constant(31, "i64")])]),
  );
  const mask = b.let("mask", sub(apply("i32.shl", [1, right]), 1));
  const remainder = apply("i32.and", [high, mask]);
  const threshold = add(apply("i32.shr_u", [mask, 1]), apply("i32.lt_s", [high, 0]));
  const up = apply("i32.gt_s", [remainder, threshold]);
  return add(apply("i32.shr_s", [high, right]), up);
}
