import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** FLOOR_MOD. */
export const floorMod: OperatorDefinition<NoAttributes> = {
  description: "Remainder with the sign of the divisor, with broadcasting",
  optionTable: "FloorModOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
