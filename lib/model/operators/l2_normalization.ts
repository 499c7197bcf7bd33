import type { ActivationAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** L2_NORMALIZATION. */
export const l2Normalization: OperatorDefinition<ActivationAttributes> = {
  description: "`x / sqrt(sum of squares)` over the last dimension",
  optionTable: "L2NormOptions",
  inputs: 1,
  access: { kind: "rows" },
  check: (_, operands) => sameShapeFault(operands),
};
