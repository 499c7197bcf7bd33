import type { KernelCode, Value } from "../../kernel/kernel.ts";
import { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, apply, callOf, constant, max, type Operand, sub } from "../../kernel/values.ts";

const NAME = "multiply_by_quantized_multiplier";

/**
 * A function `(x, multiplier, shift)` on i32 that rounds as gemmlowp does: see
 * `multiplyByQuantizedMultiplier`. A kernel that calls it lists it in its code.
 */
export const multiplyCode: KernelCode = write();

/** Calls it. */
export function multiplied(x: Operand, multiplier: Operand, shift: Operand): Value {
  return callOf(NAME, "i32", [x, multiplier, shift]);
}

function write(): KernelCode {
  const b = new KernelBuilder();
  const [x, multiplier, shift] = ["x", "multiplier", "shift"].map((name) => b.parameter(name));
  const left = b.let("left", max(shift, 0));
  const right = b.let("right", max(sub(0, shift), 0));
  const wide = (value: Value) => apply("i64.extend_i32_s", [value]);
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
  return b.finish(NAME, add(apply("i32.shr_s", [high, right]), up));
}
