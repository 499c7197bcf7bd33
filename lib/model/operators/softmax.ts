import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/**
 * Attributes of SOFTMAX.
 *
 * @category Models
 */
export interface SoftmaxAttributes {
  /** Factor of the exponent. */
  readonly beta: number;
}

/** SOFTMAX. */
export const softmax: OperatorDefinition<SoftmaxAttributes> = {
  description: "Softmax over the last dimension",
  optionTable: "SoftmaxOptions",
  inputs: 1,
  access: { kind: "rows" },
  check: (_, operands) => sameShapeFault(operands),
};
