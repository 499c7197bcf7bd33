import type { EngineOperator } from "../engine_operator.ts";
import { floatByExponential } from "../kernels/elementwise/float_unary.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** `exp(x)` of float32. */
export const exp: EngineOperator<"EXP"> = {
  types: ["float32"],
  reference: (operation) => floatFunctionOf(operation, Math.exp),
  hasVectors: true,
  kernels: [floatByExponential(({ exponential }, x) => exponential.exp(x))],
};
