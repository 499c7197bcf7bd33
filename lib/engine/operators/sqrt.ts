import type { EngineOperator } from "../engine_operator.ts";
import { floatUnary } from "../kernels/elementwise/float_unary.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** The square root of float32; NaN below 0. */
export const sqrt: EngineOperator<"SQRT"> = {
  reference: (operation) => floatFunctionOf(operation, Math.sqrt),
  ...floatUnary((f, x) => f.op("sqrt", x)),
};
