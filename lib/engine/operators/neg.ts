import type { EngineOperator } from "../engine_operator.ts";
import { floatUnary } from "../kernels/elementwise/float_unary.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** `-x` of float32. */
export const neg: EngineOperator<"NEG"> = {
  types: ["float32"],
  reference: (operation) => floatFunctionOf(operation, (x) => -x),
  hasVectors: true,
  ...floatUnary((f, x) => f.op("neg", x)),
};
