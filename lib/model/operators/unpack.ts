import type { OperatorDefinition } from "../operator_definition.ts";
import { partsAlong } from "../shape.ts";
import { differ, expectShape, fromFront } from "../shape_faults.ts";

/**
 * Attributes of UNPACK.
 *
 * @category Models
 */
export interface UnpackAttributes {
  /** Number of outputs. */
  readonly num: number;
  /** The dimension that goes; negative counts from the end. */
  readonly axis: number;
}

/** UNPACK. */
export const unpack: OperatorDefinition<UnpackAttributes> = {
  description: "Takes a tensor apart along an axis, which goes",
  optionTable: "UnpackOptions",
  inputs: 1,
  outputs: null,
  access: { kind: "movement" },
  moves: ({ axis }, { inputs: [{ shape }], outputs }) => {
    const along = fromFront(axis, shape.length);
    if (along === null) return null;
    const extents = outputs.map(() => 1);
    return partsAlong(along, { shape, extents }).map(({ extents, within, alone }, output) => (
      { input: 0, output, extents, from: within, to: alone }
    ));
  },
  check: ({ axis, num }, { inputs: [input], outputs }) => {
    const along = fromFront(axis, input.shape.length);
    if (along === null) return `axis ${axis} of an input of shape [${input.shape}]`;
    if (outputs.length !== num || differ(input.shape[along], num)) {
      return `${outputs.length} outputs, ${num} parts, of ${input.shape[along]}`;
    }
    for (const output of outputs) {
      const fault = expectShape(output, input.shape.toSpliced(along, 1));
      if (fault !== null) return fault;
    }
    return null;
  },
};
