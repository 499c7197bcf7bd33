import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** LOGICAL_NOT. */
export const logicalNot: OperatorDefinition<NoAttributes> = {
  description: "True where x is false",
  optionTable: "LogicalNotOptions",
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
