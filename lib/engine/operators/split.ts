import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { constantList, expectSameType, fromFront, MOVABLE } from "../reference/expect.ts";
import { partIndices, strides } from "../reference/indices.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** Cuts into equal parts along an axis. */
export const split: EngineOperator<"SPLIT"> = {
  types: MOVABLE,
  dataInput: 1,
  reference: prepareSplit,
  hasVectors: true,
  kernels: [splitKernel],
};

function prepareSplit({ inputs: [axisTensor, input], outputs }: Operation<"SPLIT">): Kernel {
  expectSameType([input, ...outputs], MOVABLE);
  const axis = fromFront(constantList("axis", axisTensor)[0], input.shape.length);
  const extent = input.shape[axis] / outputs.length;
  const part = input.shape.with(axis, extent);
  const parts = outputs.map((_, k) =>
    partIndices(part, { whole: input.shape, axis, offset: k * extent })
  );
  return ([, x], results) => {
    parts.forEach((from, k) => {
      for (let i = 0; i < from.length; i++) results[k][i] = x[from[i]];
    });
  };
}

/** SPLIT: every output is a box of the input. */
function splitKernel(layer: Layer): LayerKernel | null {
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
