import type { KernelCode, Value } from "../../kernel/kernel.ts";
import { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { multipliedByQuantizedMultiplier } from "../../kernel/quantized_multiplier.ts";
import { callOf, type Operand } from "../../kernel/values.ts";

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
  return b.finish(NAME, multipliedByQuantizedMultiplier(b, x, { multiplier, shift }));
}
