import { position, strides } from "../../model/shape.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import { gather } from "../reference/elementwise.ts";
import { axisFromFront, constantList, expectSameType, MOVABLE } from "../reference/expect.ts";
import { mapIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Dimension i of the output is dimension `order[i]` of the input. */
export const transpose: EngineOperator<"TRANSPOSE"> = {
  types: MOVABLE,
  reference: prepareTranspose,
  hasVectors: true,
  kernels: [moveElements],
};

function prepareTranspose(
  { inputs: [input, order], outputs: [output] }: Operation<"TRANSPOSE">,
): ReferenceKernel {
  expectSameType([input, output], MOVABLE);
  const steps = strides(input.shape);
  const permuted = constantList("permutation", order)
    .map((axis) => steps[axisFromFront(axis, steps.length)]);
  return gather(mapIndices(output.shape, (index) => position(index, permuted)));
}
