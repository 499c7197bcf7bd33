import type { EngineOperator } from "../engine_operator.ts";
import { copyTensor } from "../kernels/movement/move_boxes.ts";
import { copyElements } from "../reference/elementwise.ts";
import { MOVABLE } from "../reference/expect.ts";

/** Drops dimensions of extent 1. */
export const squeeze: EngineOperator<"SQUEEZE"> = {
  types: MOVABLE,
  reference: copyElements,
  hasVectors: true,
  kernels: [copyTensor],
};
