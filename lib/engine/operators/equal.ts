import type { EngineOperator } from "../engine_operator.ts";
import { comparisonElements } from "../kernels/elementwise/compare_elements.ts";
import { COMPARISONS, prepareComparison } from "../reference/comparison.ts";

/** `a == b`, with broadcasting. */
export const equal: EngineOperator<"EQUAL"> = {
  types: COMPARISONS.EQUAL.types,
  reference: prepareComparison("EQUAL"),
  kernels: [comparisonElements],
};
