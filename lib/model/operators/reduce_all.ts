import type { OperatorDefinition } from "../operator_definition.ts";
import { reducedFault } from "../shape_faults.ts";
import type { ReduceAttributes } from "./mean.ts";

/** REDUCE_ALL. */
export const reduceAll: OperatorDefinition<ReduceAttributes> = {
  description: "Whether all elements over axes are true; inputs: data, axes",
  optionTable: "ReducerOptions",
  inputs: 2,
  access: { kind: "none" },
  check: (_, operands) => reducedFault(operands),
};
