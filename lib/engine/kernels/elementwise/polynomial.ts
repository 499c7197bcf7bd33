import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, constant } from "../../../kernel/values.ts";

/** `c[0] + c[1] x + c[2] x^2 + ...` in float64, by Horner's scheme. */
export function polynomial(b: KernelBuilder, x: Value, coefficients: readonly number[]): Value {
  const sum = b.let("sum", constant(coefficients[coefficients.length - 1], "f64"));
  for (let i = coefficients.length - 2; i >= 0; i--) {
    const product = apply("f64.mul", [sum, x]);
    b.set(sum, apply("f64.add", [product, constant(coefficients[i], "f64")]));
  }
  return sum;
}
