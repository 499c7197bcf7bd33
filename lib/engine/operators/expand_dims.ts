import type { EngineOperator } from "../engine_operator.ts";
import { copyTensor } from "../kernels/movement/move_boxes.ts";
import { copyElements } from "../reference/elementwise.ts";
import { MOVABLE } from "../reference/expect.ts";

/** Inserts a dimension of extent 1. */
export const expandDims: EngineOperator<"EXPAND_DIMS"> = {
  types: MOVABLE,
  reference: copyElements,
  hasVectors: true,
  kernels: [copyTensor],
};
