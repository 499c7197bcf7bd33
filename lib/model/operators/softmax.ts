import type { OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { differ, expectElements, expectShape } from "../shape_faults.ts";

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
  // Some exporters put ones in front: rows and their number are what counts.
  check: (_, { inputs: [input], outputs: [output] }) => {
    const [row, result] = [input, output].map(({ shape }) => shape.at(-1));
    const isSame = row === undefined || result === undefined
      ? row === result
      : !differ(row, result);
    return isSame
      ? expectElements(output, elements(input.shape))
      : expectShape(output, input.shape);
  },
};
