import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { strides } from "../reference/indices.ts";
import { sliceWalk } from "../reference/strided_slice.ts";
import { moveBoxes } from "./move_boxes.ts";

/** STRIDED_SLICE: a box of the input, with steps of the strides, backwards too. */
export function stridedSlice(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "STRIDED_SLICE");
  if (operator === null) return null;
  const { inputs, outputs: [output] } = layer;
  const { first, steps, counts } = sliceWalk({
    attributes: operator.attributes,
    inputs: inputs.map((input) => input!.tensor),
    outputs: [output.tensor],
  });
  return moveBoxes(layer, [{
    extents: counts,
    from: { region: inputs[0]!.region, first, steps },
    to: { region: output.region, first: 0, steps: strides(counts) },
  }]);
}
