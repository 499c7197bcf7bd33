import { dtypes } from "../../model/dtype.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { constantList, expectSameType, zeroPointOf } from "../reference/expect.ts";
import { mapIndices, position, strides } from "../reference/indices.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** Surrounds the input with zeros: the output's zero point where 8-bit integers stand for numbers. */
export const pad: EngineOperator<"PAD"> = {
  reference: preparePad,
  kernels: [padKernel],
};

function preparePad({ inputs: [input, amounts], outputs: [output] }: Operation<"PAD">): Kernel {
  const dtype = expectSameType([input, output], dtypes.filter((type) => !type.endsWith("64")));
  const before = constantList("paddings", amounts).filter((_, i) => i % 2 === 0);
  const steps = strides(output.shape);
  const start = position(before, steps);
  const into = mapIndices(input.shape, (index) => start + position(index, steps));
  const zero = dtype === "int8" || dtype === "uint8" ? zeroPointOf(output) : 0;
  return ([x], [y]) => {
    y.fill(zero);
    for (let i = 0; i < into.length; i++) y[into[i]] = x[i];
  };
}

/**
 * PAD: the input is a box of the output; around it lie two boxes of zeros for every dimension, as
 * wide as the input in the dimensions before, and as the output in those behind.
 */
function padKernel(layer: Layer): LayerKernel | null {
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
