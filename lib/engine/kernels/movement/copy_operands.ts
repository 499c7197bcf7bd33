import { sizeBytes } from "../../../model/shape.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { moveBoxes } from "./move_boxes.ts";

/** Copies every input to the output at the same place of the list, byte by byte. */
export function copyOperands(layer: Layer): LayerKernel | null {
  const { inputs, outputs } = layer;
  const boxes = outputs.map(({ region, tensor }, i) => ({
    extents: [sizeBytes(tensor)],
    from: { region: inputs[i]!.region, first: 0, steps: [1] },
    to: { region, first: 0, steps: [1] },
  }));
  return moveBoxes(layer, boxes, { elementBytes: 1 });
}
