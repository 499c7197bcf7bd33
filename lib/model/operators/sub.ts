import type { AdditionAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** SUB. */
export const sub: OperatorDefinition<AdditionAttributes> = {
  description: "Element-wise difference with broadcasting",
  optionTable: "SubOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
