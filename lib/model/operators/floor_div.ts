import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** FLOOR_DIV. */
export const floorDiv: OperatorDefinition<NoAttributes> = {
  description: "Quotient rounded down, with broadcasting",
  optionTable: "FloorDivOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
