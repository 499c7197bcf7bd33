import type { EngineOperator } from "../engine_operator.ts";
import { floatTurned } from "../kernels/elementwise/float_sine.ts";
import { floatFunctionOf } from "../reference/float_function.ts";

/** `sin(x)` of float32, x in radians. */
export const sin: EngineOperator<"SIN"> = {
  reference: (operation) => floatFunctionOf(operation, Math.sin),
  kernels: [floatTurned({ quarters: 0 })],
};
