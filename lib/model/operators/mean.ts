import type { OperatorDefinition } from "../operator_definition.ts";
import { reducedFault } from "../shape_faults.ts";

/**
 * Attributes of MEAN, SUM and the operators called REDUCE.
 *
 * @category Models
 */
export interface ReduceAttributes {
  /** Reduced dimensions stay with extent 1. */
  readonly keepDims: boolean;
}

/** MEAN. */
export const mean: OperatorDefinition<ReduceAttributes> = {
  description: "Mean over axes; inputs: data, axes",
  optionTable: "ReducerOptions",
  inputs: 2,
  access: { kind: "none" },
  check: (_, operands) => reducedFault(operands),
};
