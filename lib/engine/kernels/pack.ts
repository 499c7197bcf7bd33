import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { fromFront } from "../reference/expect.ts";
import { strides } from "../reference/indices.ts";
import { moveBoxes } from "./move_boxes.ts";

/** PACK: every input is a box of the output, one index of the new axis. */
export function pack(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "PACK");
  if (operator === null) return null;
  const { inputs, outputs: [output] } = layer;
  const steps = strides(output.tensor.shape);
  const axis = fromFront(operator.attributes.axis, steps.length);
  const extents = output.tensor.shape.with(axis, 1);
  return moveBoxes(
    layer,
    inputs.map((input, i) => ({
      extents,
      from: { region: input!.region, first: 0, steps: strides(extents) },
      to: { region: output.region, first: i * steps[axis], steps },
    })),
  );
}
