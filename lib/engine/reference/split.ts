import { dtypes } from "../../model/dtype.ts";
import { constantList, expectSameType, fromFront } from "./expect.ts";
import { partIndices } from "./indices.ts";
import type { Prepare } from "./prepare.ts";

/** Cuts into equal parts along an axis. */
export const split: Prepare<"SPLIT"> = ({ inputs: [axisTensor, input], outputs }) => {
  expectSameType([input, ...outputs], dtypes);
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
};
