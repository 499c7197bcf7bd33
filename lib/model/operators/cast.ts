import type { Dtype } from "../dtype.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/**
 * Attributes of CAST. What it does, the types of its tensors tell: converters often leave these at
 * their initial value.
 *
 * @category Models
 */
export interface CastAttributes {
  /** Type of the input, as the file notes it. */
  readonly inDataType: Dtype;
  /** Type of the output, as the file notes it. */
  readonly outDataType: Dtype;
}

/** CAST. */
export const cast: OperatorDefinition<CastAttributes> = {
  description: "The same numbers in another type",
  optionTable: "CastOptions",
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
