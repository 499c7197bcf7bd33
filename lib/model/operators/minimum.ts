import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** MINIMUM. */
export const minimum: OperatorDefinition<NoAttributes> = {
  description: "Smaller of two elements, with broadcasting",
  optionTable: "MaximumMinimumOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
