import type { EngineOperator } from "../engine_operator.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import { axisFromFront, expectSameType } from "../reference/expect.ts";
import { partIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Takes a tensor apart along an axis, which goes. */
export const unpack: EngineOperator<"UNPACK"> = {
  types: ["float32", "int8", "int16", "int32"],
  reference: prepareUnpack,
  hasVectors: true,
  kernels: [moveElements],
};

function prepareUnpack(
  { attributes, inputs: [input], outputs }: Operation<"UNPACK">,
): ReferenceKernel {
  expectSameType([input, ...outputs], ["float32", "int8", "int16", "int32"]);
  const axis = axisFromFront(attributes.axis, input.shape.length);
  const part = input.shape.with(axis, 1);
  const parts = outputs.map((_, offset) => partIndices(part, { whole: input.shape, axis, offset }));
  return ([x], results) => {
    parts.forEach((from, k) => {
      for (let i = 0; i < from.length; i++) results[k][i] = x[from[i]];
    });
  };
}
