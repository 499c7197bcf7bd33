import type { EngineOperator } from "../engine_operator.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import { axisFromFront, constantList, expectSameType, MOVABLE } from "../reference/expect.ts";
import { partIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Cuts into equal parts along an axis. */
export const split: EngineOperator<"SPLIT"> = {
  types: MOVABLE,
  dataInput: 1,
  reference: prepareSplit,
  hasVectors: true,
  kernels: [moveElements],
};

function prepareSplit(
  { inputs: [axisTensor, input], outputs }: Operation<"SPLIT">,
): ReferenceKernel {
  expectSameType([input, ...outputs], MOVABLE);
  const axis = axisFromFront(constantList("axis", axisTensor)[0], input.shape.length);
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
