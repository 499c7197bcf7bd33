import { dtypes } from "../../model/dtype.ts";
import { gather } from "./elementwise.ts";
import { constantList, expectSameType, fromFront } from "./expect.ts";
import { mapIndices, position, strides } from "./indices.ts";
import type { Prepare } from "./prepare.ts";

/** Dimension i of the output is dimension `order[i]` of the input. */
export const transpose: Prepare<"TRANSPOSE"> = ({ inputs: [input, order], outputs: [output] }) => {
  expectSameType([input, output], dtypes);
  const steps = strides(input.shape);
  const permuted = constantList("permutation", order)
    .map((axis) => steps[fromFront(axis, steps.length)]);
  return gather(mapIndices(output.shape, (index) => position(index, permuted)));
};
