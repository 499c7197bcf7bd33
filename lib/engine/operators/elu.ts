import { apply } from "../../kernel/values.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { byteFunction } from "../kernels/elementwise/byte_function.ts";
import { floatByExponential } from "../kernels/elementwise/float_unary.ts";
import { byteFunctionElements } from "../kernels/scalar/elements_scalar.ts";
import { clamp, roundAway } from "../reference/clamp.ts";
import { elementwise } from "../reference/elementwise.ts";
import { expectSameType, integerRange, scaleOf, zeroPointOf } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `x` from 0 on, `exp(x) - 1` below. */
export const elu: EngineOperator<"ELU"> = {
  types: ["float32", "int8"],
  reference: prepareElu,
  hasVectors: true,
  kernels: [
    byteFunction(prepareElu),
    floatByExponential(({ b, pool, exponential }, x) => {
      const isNegative = b.let("is_negative", apply("f32x4.lt", [x, pool.splatF32(0)]));
      return apply("v128.bitselect", [exponential.expm1(x), x, isNegative]);
    }),
  ],
  portable: byteFunctionElements(prepareElu),
};

/** int8 goes through float32, every step rounded to it; there exp and the subtraction are two. */
function prepareElu({ inputs: [input], outputs: [output] }: Operation<"ELU">): ReferenceKernel {
  const dtype = expectSameType([input, output], ["float32", "int8"]);
  if (dtype === "float32") return elementwise((x) => x < 0 ? Math.expm1(x) : x);
  const f = Math.fround;
  const [scale, inverse] = [scaleOf(input), f(1 / scaleOf(output))];
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  const range = integerRange(dtype);
  return elementwise((q) => {
    const x = f(scale * (q - zeroIn));
    const y = x < 0 ? f(f(Math.exp(x)) - 1) : x;
    return clamp(Math.trunc(f(roundAway(f(y * inverse)) + zeroOut)), range);
  });
}
