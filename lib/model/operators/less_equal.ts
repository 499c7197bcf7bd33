import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** LESS_EQUAL. */
export const lessEqual: OperatorDefinition<NoAttributes> = {
  description: "`a <= b`, with broadcasting",
  optionTable: "LessEqualOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
