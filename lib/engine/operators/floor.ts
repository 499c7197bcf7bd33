import type { EngineOperator } from "../engine_operator.ts";
import { floatUnary } from "../kernels/elementwise/float_unary.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** The largest integer that is not above x, of float32. */
export const floor: EngineOperator<"FLOOR"> = {
  reference: (operation) => floatFunctionOf(operation, Math.floor),
  ...floatUnary((f, x) => f.op("floor", x)),
};
