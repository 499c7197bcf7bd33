import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** PRELU. */
export const prelu: OperatorDefinition<NoAttributes> = {
  description: "`x`, and a slope for each element below 0, with broadcasting",
  optionTable: null,
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
