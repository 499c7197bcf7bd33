import type { Dtype } from "../dtype.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { extremeIndexFault } from "../shape_faults.ts";

/**
 * Attributes of ARG_MAX and ARG_MIN.
 *
 * @category Models
 */
export interface ArgExtremeAttributes {
  /** Type of the indices. */
  readonly outputType: Dtype;
}

/** ARG_MAX. */
export const argMax: OperatorDefinition<ArgExtremeAttributes> = {
  description: "Index of the first of the largest elements along an axis; inputs: data, axis",
  optionTable: "ArgMaxOptions",
  inputs: 2,
  access: { kind: "none" },
  check: (_, operands) => extremeIndexFault(operands),
};
