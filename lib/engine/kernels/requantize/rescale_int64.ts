import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, constant, type Operand } from "../../../kernel/values.ts";
import type { QuantizedMultiplier } from "../../../model/fixed_point.ts";
import { EngineError } from "../../engine_error.ts";

/** A factor as sums of 64 bits take it: multiplier of 15 bits, and the shift right. */
export function int64Factor(
  { multiplier, shift }: QuantizedMultiplier,
): readonly [multiplier: number, right: number] {
  if (shift < -31 || shift > 7) {
    throw new EngineError(`factor with a shift of ${shift}, needed -31 to 7 for 64-bit sums`);
  }
  return [multiplier < 0x7fff0000 ? (multiplier + (1 << 15)) >> 16 : 0x7fff, 15 - shift];
}

/** `multiplyInt64ByQuantizedMultiplier`, with the two numbers of `int64Factor`. */
export function rescaledInt64(
  b: KernelBuilder,
  sum: Value,
  [multiplier, right]: readonly [Operand, Operand],
): Value {
  const by = b.let("by", extended(right));
  const half = apply("i64.shl", [constant(1, "i64"), apply("i64.sub", [by, constant(1, "i64")])]);
  const product = apply("i64.add", [apply("i64.mul", [sum, extended(multiplier)]), half]);
  return apply("i32.wrap_i64", [apply("i64.shr_s", [product, by])]);
}

/** An integer of 64 bits. */
export function extended(value: Operand): Value {
  return typeof value !== "number" && value.type === "i64"
    ? value
    : apply("i64.extend_i32_s", [value]);
}
