import type { OperatorDefinition } from "../operator_definition.ts";
import { sameElementsFault } from "../shape_faults.ts";

/**
 * Attributes of RESHAPE.
 *
 * @category Models
 */
export interface ReshapeAttributes {
  /** The new shape, one extent may be -1; empty when the second input tells it. */
  readonly newShape: readonly number[];
}

/** RESHAPE. */
export const reshape: OperatorDefinition<ReshapeAttributes> = {
  description: "Same elements, other shape; inputs: data and, optionally, the shape",
  optionTable: "ReshapeOptions",
  inputs: 1,
  optionalInputs: 1,
  access: { kind: "view" },
  check: (_, operands) => sameElementsFault(operands),
};
