import type { ActivationAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** DIV. */
export const div: OperatorDefinition<ActivationAttributes> = {
  description: "Element-wise quotient with broadcasting",
  optionTable: "DivOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
