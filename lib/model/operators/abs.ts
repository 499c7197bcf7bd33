import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** ABS. */
export const abs: OperatorDefinition<NoAttributes> = {
  description: "`|x|`",
  optionTable: "AbsOptions",
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
