import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** LOGISTIC. */
export const logistic: OperatorDefinition<NoAttributes> = {
  description: "`1 / (1 + exp(-x))`",
  optionTable: null,
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
