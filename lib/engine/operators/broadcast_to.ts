import { dtypes } from "../../model/dtype.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { gather } from "../reference/elementwise.ts";
import { constantList, expectSameType } from "../reference/expect.ts";
import { broadcastIndices, broadcastSteps, strides } from "../reference/indices.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** Stretches extents of 1 to a shape. */
export const broadcastTo: EngineOperator<"BROADCAST_TO"> = {
  reference: prepareBroadcastTo,
  kernels: [broadcastKernel],
};

function prepareBroadcastTo(
  { inputs: [input, shape], outputs: [output] }: Operation<"BROADCAST_TO">,
): Kernel {
  expectSameType([input, output], dtypes);
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

/** BROADCAST_TO: a box that is read without steps where it is stretched. */
function broadcastKernel(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "BROADCAST_TO") === null) return null;
  const { inputs: [input], outputs: [output] } = layer;
  const extents = output.tensor.shape;
  const steps = broadcastSteps(input!.tensor.shape, extents);
  return moveBoxes(layer, [{
    extents,
    from: { region: input!.region, first: 0, steps },
    to: { region: output.region, first: 0, steps: strides(extents) },
  }]);
}
