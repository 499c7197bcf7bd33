import type { AdditionAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** ADD. */
export const add: OperatorDefinition<AdditionAttributes> = {
  description: "Element-wise sum with broadcasting",
  optionTable: "AddOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
