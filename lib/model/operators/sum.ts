import type { OperatorDefinition } from "../operator_definition.ts";
import { reducedFault } from "../shape_faults.ts";
import type { ReduceAttributes } from "./mean.ts";

/** SUM. */
export const sum: OperatorDefinition<ReduceAttributes> = {
  description: "Sum over axes; inputs: data, axes",
  optionTable: "ReducerOptions",
  inputs: 2,
  access: { kind: "none" },
  check: (_, operands) => reducedFault(operands),
};
