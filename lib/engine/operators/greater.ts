import type { EngineOperator } from "../engine_operator.ts";
import { comparisonElements } from "../kernels/elementwise/compare_elements.ts";
import { prepareComparison } from "../reference/comparison.ts";

/** `a > b`, with broadcasting. */
export const greater: EngineOperator<"GREATER"> = {
  reference: prepareComparison("GREATER"),
  kernels: [comparisonElements],
};
