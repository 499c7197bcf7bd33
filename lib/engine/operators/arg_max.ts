import type { EngineOperator } from "../engine_operator.ts";
import { argExtreme } from "../kernels/reduce/arg_extreme.ts";
import { prepareArgExtreme } from "../reference/arg_extreme.ts";

/** The index of the first of the largest elements along an axis. */
export const argMax: EngineOperator<"ARG_MAX"> = {
  reference: (operation) => prepareArgExtreme(operation, (a, b) => a > b),
  kernels: [argExtreme],
};
