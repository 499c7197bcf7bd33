import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** COS. */
export const cos: OperatorDefinition<NoAttributes> = {
  description: "`cos(x)`, x in radians",
  optionTable: "CosOptions",
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
