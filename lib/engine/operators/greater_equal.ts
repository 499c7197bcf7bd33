import type { EngineOperator } from "../engine_operator.ts";
import { comparisonElements } from "../kernels/elementwise/compare_elements.ts";
import { prepareComparison } from "../reference/comparison.ts";

/** `a >= b`, with broadcasting. */
export const greaterEqual: EngineOperator<"GREATER_EQUAL"> = {
  reference: prepareComparison("GREATER_EQUAL"),
  kernels: [comparisonElements],
};
