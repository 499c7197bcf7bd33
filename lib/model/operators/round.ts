import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** ROUND. */
export const round: OperatorDefinition<NoAttributes> = {
  description: "Nearest integer, the even one of two",
  optionTable: null,
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
