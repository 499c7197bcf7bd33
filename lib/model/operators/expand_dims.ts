import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameElementsFault } from "../shape_faults.ts";

/** EXPAND_DIMS. */
export const expandDims: OperatorDefinition<NoAttributes> = {
  description: "Inserts a dimension of extent 1; inputs: data, axis",
  optionTable: "ExpandDimsOptions",
  inputs: 2,
  access: { kind: "view" },
  check: (_, operands) => sameElementsFault(operands),
};
