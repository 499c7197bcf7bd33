import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** SQRT. */
export const sqrt: OperatorDefinition<NoAttributes> = {
  description: "`sqrt(x)`",
  optionTable: null,
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
