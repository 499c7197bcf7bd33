import type { EngineOperator } from "../engine_operator.ts";
import { floatUnary } from "../kernels/elementwise/float_unary.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** The smallest integer that is not below x, of float32. */
export const ceil: EngineOperator<"CEIL"> = {
  reference: (operation) => floatFunctionOf(operation, Math.ceil),
  ...floatUnary((f, x) => f.op("ceil", x)),
};
