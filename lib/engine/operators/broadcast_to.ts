import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import { gather } from "../reference/elementwise.ts";
import { constantList, expectSameType, MOVABLE } from "../reference/expect.ts";
import { broadcastIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Stretches extents of 1 to a shape. */
export const broadcastTo: EngineOperator<"BROADCAST_TO"> = {
  types: MOVABLE,
  reference: prepareBroadcastTo,
  hasVectors: true,
  kernels: [moveElements],
};

function prepareBroadcastTo(
  { inputs: [input, shape], outputs: [output] }: Operation<"BROADCAST_TO">,
): ReferenceKernel {
  expectSameType([input, output], MOVABLE);
  constantList("shape", shape);
  const missing = output.shape.length - input.shape.length;
  const fits = input.shape.every((extent, i) => (
    extent === 1 || extent === output.shape[missing + i]
  ));
  if (missing < 0 || !fits) {
    throw new EngineError(`[${input.shape}] does not broadcast to [${output.shape}]`);
  }
  return gather(broadcastIndices(input.shape, output.shape));
}
