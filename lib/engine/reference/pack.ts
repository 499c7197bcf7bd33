import { dtypes } from "../../model/dtype.ts";
import { expectSameType, fromFront } from "./expect.ts";
import { partIndices } from "./indices.ts";
import type { Prepare } from "./prepare.ts";

/** Stacks tensors along a new axis. */
export const pack: Prepare<"PACK"> = ({ attributes, inputs, outputs: [output] }) => {
  expectSameType([...inputs, output], dtypes);
  const axis = fromFront(attributes.axis, output.shape.length);
  const part = output.shape.with(axis, 1);
  const parts = inputs.map((_, offset) => partIndices(part, { whole: output.shape, axis, offset }));
  return (values, [y]) => {
    parts.forEach((into, k) => {
      for (let i = 0; i < into.length; i++) y[into[i]] = values[k][i];
    });
  };
};
