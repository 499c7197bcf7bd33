import type { EngineOperator } from "../engine_operator.ts";
import { comparisonElements } from "../kernels/elementwise/compare_elements.ts";
import { prepareComparison } from "../reference/comparison.ts";

/** `a < b`, with broadcasting. */
export const less: EngineOperator<"LESS"> = {
  reference: prepareComparison("LESS"),
  kernels: [comparisonElements],
};
