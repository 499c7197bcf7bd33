import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** NOT_EQUAL. */
export const notEqual: OperatorDefinition<NoAttributes> = {
  description: "`a != b`, with broadcasting",
  optionTable: "NotEqualOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
