import type { EngineOperator } from "../engine_operator.ts";
import { extremeReduction } from "../kernels/pooling/extreme_reduction.ts";
import { prepareExtremeReduction } from "../reference/extreme.ts";

/** The least element over axes, as it is stored; FLT_MAX and what is not below it give that. */
export const reduceMin: EngineOperator<"REDUCE_MIN"> = {
  types: ["float32", "int8"],
  reference: (operation) => prepareExtremeReduction(operation, "REDUCE_MIN"),
  kernels: [extremeReduction],
};
