import type { EngineOperator } from "../engine_operator.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import type { Tensor } from "../../model/tensor.ts";
import { axisFromFront, constantList, expectSameType, expectType } from "../reference/expect.ts";
import { partIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Cuts into parts along an axis, each of the size that its output has. */
export const splitV: EngineOperator<"SPLIT_V"> = {
  types: ["float32", "int8", "int16", "int32"],
  reference: prepareSplitV,
  hasVectors: true,
  kernels: [moveElements],
};

function prepareSplitV(
  { inputs: [input, , axisTensor], outputs }: Operation<"SPLIT_V">,
): ReferenceKernel {
  expectSameType([input, ...outputs], ["float32", "int8", "int16", "int32"]);
  expectType("axis", axisTensor, ["int32"]);
  const { axis, offsets } = partsOf(axisTensor, outputs);
  const parts = outputs.map(({ shape }, k) =>
    partIndices(shape, { whole: input.shape, axis, offset: offsets[k] })
  );
  return ([x], results) => {
    parts.forEach((from, k) => {
      for (let i = 0; i < from.length; i++) results[k][i] = x[from[i]];
    });
  };
}

/** The axis that is cut, and where along it every part begins. */
function partsOf(
  axisTensor: Tensor,
  parts: readonly Tensor[],
): { readonly axis: number; readonly offsets: readonly number[] } {
  const axis = axisFromFront(constantList("axis", axisTensor)[0], parts[0].shape.length);
  let next = 0;
  const offsets = parts.map(({ shape }) => (next += shape[axis]) - shape[axis]);
  return { axis, offsets };
}
