import type { EngineOperator } from "../engine_operator.ts";
import { floatTurned } from "../kernels/elementwise/float_sine.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** `cos(x)` of float32, x in radians. */
export const cos: EngineOperator<"COS"> = {
  reference: (operation) => floatFunctionOf(operation, Math.cos),
  kernels: [floatTurned({ quarters: 1 })],
};
