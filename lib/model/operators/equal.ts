import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** EQUAL. */
export const equal: OperatorDefinition<NoAttributes> = {
  description: "`a == b`, with broadcasting",
  optionTable: "EqualOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
