import type { EngineOperator } from "../engine_operator.ts";
import { floatUnary } from "../kernels/elementwise/float_unary.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** `x * x` of float32. */
export const square: EngineOperator<"SQUARE"> = {
  reference: (operation) => floatFunctionOf(operation, (x) => x * x),
  ...floatUnary((f, x) => f.op("mul", x, x)),
};
