import { elements } from "../../model/shape.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { moveBoxes } from "./move_boxes.ts";

/** RESHAPE, SQUEEZE and EXPAND_DIMS that the plan does not alias: a copy. */
export function reshape(layer: Layer): LayerKernel | null {
  const { inputs: [input], outputs: [output] } = layer;
  const corner = ({ region }: typeof output) => ({ region, first: 0, steps: [1] });
  const extents = [elements(output.tensor.shape)];
  return moveBoxes(layer, [{ extents, from: corner(input!), to: corner(output) }]);
}
