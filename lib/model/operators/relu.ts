import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** RELU. */
export const relu: OperatorDefinition<NoAttributes> = {
  description: "`max(0, x)`",
  optionTable: null,
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
