import type { OperatorDefinition } from "../operator_definition.ts";
import { reducedFault } from "../shape_faults.ts";
import type { ReduceAttributes } from "./mean.ts";

/** REDUCE_MAX. */
export const reduceMax: OperatorDefinition<ReduceAttributes> = {
  description: "The greatest element over axes; inputs: data, axes",
  optionTable: "ReducerOptions",
  inputs: 2,
  access: { kind: "none" },
  check: (_, operands) => reducedFault(operands),
};
