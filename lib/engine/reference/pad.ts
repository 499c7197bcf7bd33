import { dtypes } from "../../model/dtype.ts";
import { constantList, expectSameType, zeroPointOf } from "./expect.ts";
import { mapIndices, position, strides } from "./indices.ts";
import type { Prepare } from "./prepare.ts";

/** Surrounds the input with zeros: the output's zero point where 8-bit integers stand for numbers. */
export const pad: Prepare<"PAD"> = ({ inputs: [input, amounts], outputs: [output] }) => {
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
};
