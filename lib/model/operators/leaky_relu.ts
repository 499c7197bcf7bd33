import type { OperatorDefinition } from "../operator_definition.ts";
import { sameShapeFault } from "../shape_faults.ts";

/**
 * Attributes of LEAKY_RELU.
 *
 * @category Models
 */
export interface LeakyReluAttributes {
  /** Slope left of zero. */
  readonly alpha: number;
}

/** LEAKY_RELU. */
export const leakyRelu: OperatorDefinition<LeakyReluAttributes> = {
  description: "`x` or `alpha * x`",
  optionTable: "LeakyReluOptions",
  inputs: 1,
  access: { kind: "elementwise" },
  check: (_, operands) => sameShapeFault(operands),
};
