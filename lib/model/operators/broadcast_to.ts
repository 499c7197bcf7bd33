import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { strides, wholeOf } from "../shape.ts";
import { expectShape, known } from "../shape_faults.ts";

/** BROADCAST_TO. */
export const broadcastTo: OperatorDefinition<NoAttributes> = {
  description: "Stretches extents of 1 to a shape; inputs: data, shape",
  optionTable: "BroadcastToOptions",
  inputs: 2,
  access: { kind: "movement" },
  moves: (_, { inputs: [{ shape }], outputs: [output] }) => {
    const missing = output.shape.length - shape.length;
    const fits = shape.every((extent, i) => extent === 1 || extent === output.shape[missing + i]);
    if (missing < 0 || !fits) return null;
    const own = strides(shape);
    const steps = output.shape.map((_, axis) => (
      axis < missing || shape[axis - missing] === 1 ? 0 : own[axis - missing]
    ));
    const from = { first: 0, steps };
    return [{ input: 0, output: 0, extents: output.shape, from, to: wholeOf(output) }];
  },
  // Whether the data can be stretched so is asked where it is: such files are planned, and not run.
  check: (_, { inputs: [, shape], outputs: [output] }) => {
    const list = known(shape);
    return list === null ? null : expectShape(output, list);
  },
};
