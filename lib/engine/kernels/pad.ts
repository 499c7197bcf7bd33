import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { constantList, zeroPointOf } from "../reference/expect.ts";
import { position, strides } from "../reference/indices.ts";
import { moveBoxes } from "./move_boxes.ts";

/**
 * PAD: the input is a box of the output; around it lie two boxes of zeros for every dimension, as
 * wide as the input in the dimensions before, and as the output in those behind.
 */
export function pad(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "PAD") === null) return null;
  const { inputs: [input, amounts], outputs: [output], constants } = layer;
  const { shape } = input!.tensor;
  const { dtype, shape: whole } = output.tensor;
  const before = constantList("paddings", amounts!.tensor).filter((_, i) => i % 2 === 0);
  const steps = strides(whole);
  const isByte = dtype === "int8" || dtype === "uint8";
  const byte = isByte ? zeroPointOf(output.tensor) : 0;
  const fill = { byte, vector: () => constants.splat8(byte) };
  const border = shape.flatMap((extent, axis) =>
    [
      { from: 0, until: before[axis] },
      { from: before[axis] + extent, until: whole[axis] },
    ].map(({ from, until }) => {
      const index = [...before.slice(0, axis), from, ...whole.slice(axis + 1).fill(0)];
      return {
        extents: [...shape.slice(0, axis), until - from, ...whole.slice(axis + 1)],
        from: fill,
        to: { region: output.region, first: position(index, steps), steps },
      };
    })
  );
  const inside = {
    extents: shape,
    from: { region: input!.region, first: 0, steps: strides(shape) },
    to: { region: output.region, first: position(before, steps), steps },
  };
  return moveBoxes(layer, [...border, inside]);
}
