import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { expectShape, known } from "../shape_faults.ts";

/** BROADCAST_TO. */
export const broadcastTo: OperatorDefinition<NoAttributes> = {
  description: "Stretches extents of 1 to a shape; inputs: data, shape",
  optionTable: "BroadcastToOptions",
  inputs: 2,
  access: { kind: "movement" },
  // Whether the data can be stretched so is asked where it is: such files are planned, and not run.
  check: (_, { inputs: [, shape], outputs: [output] }) => {
    const list = known(shape);
    return list === null ? null : expectShape(output, list);
  },
};
