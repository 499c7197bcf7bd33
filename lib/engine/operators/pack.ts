import type { EngineOperator } from "../engine_operator.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import { axisFromFront, expectSameType, MOVABLE } from "../reference/expect.ts";
import { partIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Stacks tensors along a new axis. */
export const pack: EngineOperator<"PACK"> = {
  types: MOVABLE,
  reference: preparePack,
  hasVectors: true,
  kernels: [moveElements],
};

function preparePack(
  { attributes, inputs, outputs: [output] }: Operation<"PACK">,
): ReferenceKernel {
  expectSameType([...inputs, output], MOVABLE);
  const axis = axisFromFront(attributes.axis, output.shape.length);
  const part = output.shape.with(axis, 1);
  const parts = inputs.map((_, offset) => partIndices(part, { whole: output.shape, axis, offset }));
  return (values, [y]) => {
    parts.forEach((into, k) => {
      for (let i = 0; i < into.length; i++) y[into[i]] = values[k][i];
    });
  };
}
