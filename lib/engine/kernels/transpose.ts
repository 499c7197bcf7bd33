import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { constantList, fromFront } from "../reference/expect.ts";
import { strides } from "../reference/indices.ts";
import { moveBoxes } from "./move_boxes.ts";

/** TRANSPOSE: one box, the dimensions of the input in another order. */
export function transpose(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "TRANSPOSE") === null) return null;
  const { inputs: [input, order], outputs: [output] } = layer;
  const { shape } = output.tensor;
  const inputSteps = strides(input!.tensor.shape);
  const steps = constantList("permutation", order!.tensor)
    .map((axis) => inputSteps[fromFront(axis, inputSteps.length)]);
  return moveBoxes(layer, [{
    extents: shape,
    from: { region: input!.region, first: 0, steps },
    to: { region: output.region, first: 0, steps: strides(shape) },
  }]);
}
