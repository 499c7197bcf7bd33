import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** LOGICAL_AND. */
export const logicalAnd: OperatorDefinition<NoAttributes> = {
  description: "`a && b`, with broadcasting",
  optionTable: "LogicalAndOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
