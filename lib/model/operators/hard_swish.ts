import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** HARD_SWISH. */
export const hardSwish: OperatorDefinition<NoAttributes> = {
  description: "`x * relu6(x + 3) / 6`",
  optionTable: "HardSwishOptions",
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
