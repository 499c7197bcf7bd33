import type { EngineOperator } from "../engine_operator.ts";
import { argExtreme } from "../kernels/reduce/arg_extreme.ts";
import { prepareArgExtreme } from "../reference/arg_extreme.ts";

/** The index of the first of the smallest elements along an axis. */
export const argMin: EngineOperator<"ARG_MIN"> = {
  reference: (operation) => prepareArgExtreme(operation, (a, b) => a < b),
  kernels: [argExtreme],
};
