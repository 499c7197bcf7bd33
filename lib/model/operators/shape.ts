import type { Dtype } from "../dtype.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { expectShape } from "../shape_faults.ts";

/**
 * Attributes of SHAPE.
 *
 * @category Models
 */
export interface ShapeAttributes {
  /** Type of the output. */
  readonly outType: Dtype;
}

/** SHAPE. */
export const shape: OperatorDefinition<ShapeAttributes> = {
  description: "The shape of its input",
  optionTable: "ShapeOptions",
  inputs: 1,
  access: { kind: "none" },
  check: (_, { inputs: [input], outputs: [output] }) => expectShape(output, [input.shape.length]),
};
