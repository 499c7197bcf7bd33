import type { EngineOperator } from "../engine_operator.ts";
import { floatUnary } from "../kernels/elementwise/float_unary.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** `-x` of float32. */
export const neg: EngineOperator<"NEG"> = {
  reference: (operation) => floatFunctionOf(operation, (x) => -x),
  ...floatUnary((f, x) => f.op("neg", x)),
};
