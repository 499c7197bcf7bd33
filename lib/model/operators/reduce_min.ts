import type { OperatorDefinition, ReducedInputs } from "../operator_definition.ts";
import { reducedFault } from "../shape_faults.ts";
import type { ReduceAttributes } from "./mean.ts";

/** REDUCE_MIN. */
export const reduceMin: OperatorDefinition<ReduceAttributes, ReducedInputs> = {
  description: "The least element over axes; inputs: data, axes",
  optionTable: "ReducerOptions",
  inputs: 1,
  optionalInputs: 1,
  access: { kind: "none" },
  check: (_, operands) => reducedFault(operands),
};
