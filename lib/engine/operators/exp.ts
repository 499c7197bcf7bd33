import type { EngineOperator } from "../engine_operator.ts";
import { floatByExponential } from "../kernels/elementwise/float_unary.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** `exp(x)` of float32. */
export const exp: EngineOperator<"EXP"> = {
  reference: (operation) => floatFunctionOf(operation, Math.exp),
  kernels: [floatByExponential(({ exponential }, x) => exponential.exp(x))],
};
