import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/** ZEROS_LIKE. */
export const zerosLike: OperatorDefinition<NoAttributes> = {
  description: "Zeros in the shape and type of the input",
  optionTable: "ZerosLikeOptions",
  inputs: 1,
  access: { kind: "none" },
  check: (_, operands) => sameShapeFault(operands),
};
