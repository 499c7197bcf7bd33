import type { OperatorDefinition } from "../operator_definition.ts";
import { partsAlong } from "../shape.ts";
import { expectShape, fromFront, sameShape } from "../shape_faults.ts";

/**
 * Attributes of PACK.
 *
 * @category Models
 */
export interface PackAttributes {
  /** Number of inputs. */
  readonly valuesCount: number;
  /** Position of the new dimension; negative counts from the end. */
  readonly axis: number;
}

/** PACK. */
export const pack: OperatorDefinition<PackAttributes> = {
  description: "Stacks tensors along a new axis",
  optionTable: "PackOptions",
  inputs: 1,
  optionalInputs: Infinity,
  access: { kind: "movement" },
  moves: ({ axis }, { inputs, outputs: [{ shape }] }) => {
    const along = fromFront(axis, shape.length);
    if (along === null) return null;
    const extents = inputs.map(() => 1);
    return partsAlong(along, { shape, extents }).map(({ extents, within, alone }, input) => (
      { input, output: 0, extents, from: alone, to: within }
    ));
  },
  check: ({ axis, valuesCount }, { inputs, outputs: [output] }) => {
    if (valuesCount !== inputs.length) return `${inputs.length} inputs, needed ${valuesCount}`;
    const along = fromFront(axis, inputs[0].shape.length + 1);
    if (along === null) return `axis ${axis} for inputs of shape [${inputs[0].shape}]`;
    const other = inputs.find(({ shape }) => !sameShape(shape, inputs[0].shape));
    if (other !== undefined) return `inputs of shapes [${inputs[0].shape}] and [${other.shape}]`;
    return expectShape(output, inputs[0].shape.toSpliced(along, 0, valuesCount));
  },
};
