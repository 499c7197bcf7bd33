import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { constantList, fromFront } from "../reference/expect.ts";
import { strides } from "../reference/indices.ts";
import { moveBoxes } from "./move_boxes.ts";

/** SPLIT: every output is a box of the input. */
export function split(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "SPLIT") === null) return null;
  const { inputs: [axisOperand, input], outputs } = layer;
  const { shape } = input!.tensor;
  const axis = fromFront(constantList("axis", axisOperand!.tensor)[0], shape.length);
  const extent = shape[axis] / outputs.length;
  const extents = shape.with(axis, extent);
  const steps = strides(shape);
  return moveBoxes(
    layer,
    outputs.map(({ region }, i) => ({
      extents,
      from: { region: input!.region, first: i * extent * steps[axis], steps },
      to: { region, first: 0, steps: strides(extents) },
    })),
  );
}
