import type { EngineOperator } from "../engine_operator.ts";
import { copyTensor } from "../kernels/movement/move_boxes.ts";
import { copyElements } from "../reference/elementwise.ts";
import { MOVABLE } from "../reference/expect.ts";

/** Same elements, other shape. */
export const reshape: EngineOperator<"RESHAPE"> = {
  types: MOVABLE,
  reference: copyElements,
  hasVectors: true,
  kernels: [copyTensor],
};
