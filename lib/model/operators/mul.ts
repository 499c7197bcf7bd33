import type { ActivationAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { broadcastFault } from "../shape_faults.ts";

/** MUL. */
export const mul: OperatorDefinition<ActivationAttributes> = {
  description: "Element-wise product with broadcasting",
  optionTable: "MulOptions",
  inputs: 2,
  access: { kind: "elementwise" },
  check: (_, operands) => broadcastFault(operands),
};
