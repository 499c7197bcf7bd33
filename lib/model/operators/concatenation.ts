import type { ActivationAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { partsAlong } from "../shape.ts";
import { expectExtent, fromFront, sameShape } from "../shape_faults.ts";

/**
 * Attributes of CONCATENATION.
 *
 * @category Models
 */
export interface ConcatenationAttributes extends ActivationAttributes {
  /** Dimension to join along; negative counts from the end. */
  readonly axis: number;
}

/** CONCATENATION. */
export const concatenation: OperatorDefinition<ConcatenationAttributes> = {
  description: "Joins tensors along an axis",
  optionTable: "ConcatenationOptions",
  inputs: 1,
  optionalInputs: Infinity,
  access: { kind: "movement" },
  moves: ({ axis }, { inputs, outputs: [{ shape }] }) => {
    const along = fromFront(axis, shape.length);
    if (along === null) return null;
    const extents = inputs.map((input) => input.shape[along]);
    return partsAlong(along, { shape, extents }).map(({ extents, within, alone }, input) => (
      { input, output: 0, extents, from: alone, to: within }
    ));
  },
  check: ({ axis }, { inputs, outputs: [output] }) => {
    const along = fromFront(axis, output.shape.length);
    if (along === null) return `axis ${axis} of an output of shape [${output.shape}]`;
    let total = 0;
    for (const { shape } of inputs) {
      if (!sameShape(shape.toSpliced(along, 1), output.shape.toSpliced(along, 1))) {
        return `input of shape [${shape}] in an output of shape [${output.shape}]`;
      }
      total += shape[along];
    }
    return expectExtent(output, along, total);
  },
};
