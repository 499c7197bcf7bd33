import type { EngineOperator } from "../engine_operator.ts";
import { extremeReduction } from "../kernels/pooling/extreme_reduction.ts";
import { prepareExtremeReduction } from "../reference/extreme.ts";

/** The greatest element over axes, as it is stored; -FLT_MAX and what is not above it give that. */
export const reduceMax: EngineOperator<"REDUCE_MAX"> = {
  types: ["float32", "int8"],
  reference: (operation) => prepareExtremeReduction(operation, "REDUCE_MAX"),
  kernels: [extremeReduction],
};
