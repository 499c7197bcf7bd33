import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** SQUARED_DIFFERENCE. */
export const squaredDifference: OperatorDefinition<NoAttributes> = {
  description: "`(a - b) ** 2`, with broadcasting",
  optionTable: "SquaredDifferenceOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
