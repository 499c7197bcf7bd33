import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** TANH. */
export const tanh: OperatorDefinition<NoAttributes> = {
  description: "Hyperbolic tangent",
  optionTable: null,
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
