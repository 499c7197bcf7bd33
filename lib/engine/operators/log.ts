import type { EngineOperator } from "../engine_operator.ts";
import { floatLogCode, logarithm } from "../kernels/elementwise/float_log.ts";
import { floatByFloat } from "../kernels/elementwise/float_unary.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** The natural logarithm of float32: minus infinity of 0, NaN below. */
export const log: EngineOperator<"LOG"> = {
  types: ["float32"],
  reference: (operation) => floatFunctionOf(operation, Math.log),
  kernels: [floatByFloat((_, x) => logarithm(x), () => [floatLogCode])],
};
