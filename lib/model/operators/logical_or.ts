import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** LOGICAL_OR. */
export const logicalOr: OperatorDefinition<NoAttributes> = {
  description: "`a || b`, with broadcasting",
  optionTable: "LogicalOrOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
