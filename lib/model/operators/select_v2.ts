import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { broadcastFault, differ } from "../shape_faults.ts";

/** SELECT_V2. */
export const selectV2: OperatorDefinition<NoAttributes> = {
  description: "One of two elements as a condition says, with broadcasting",
  optionTable: "SelectV2Options",
  inputs: 3,
  access: { kind: "elementwise" },
  check: (_, operands) => {
    // Single elements go together however many dimensions they have.
    const all = [...operands.inputs, ...operands.outputs];
    return all.some(({ shape }) => differ(elements(shape), 1)) ? broadcastFault(operands) : null;
  },
};
