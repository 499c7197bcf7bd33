import type { OperatorDefinition } from "../operator_definition.ts";
import { extremeIndexFault } from "../shape_faults.ts";
import type { ArgExtremeAttributes } from "./arg_max.ts";

/** ARG_MIN. */
export const argMin: OperatorDefinition<ArgExtremeAttributes> = {
  description: "Index of the first of the smallest elements along an axis; inputs: data, axis",
  optionTable: "ArgMinOptions",
  inputs: 2,
  access: { kind: "none" },
  check: (_, operands) => extremeIndexFault(operands),
};
