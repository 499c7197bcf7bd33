import type { OperatorDefinition } from "../operator_definition.ts";
import { elements, partsAlong } from "../shape.ts";
import { expectElements, expectShape, fromFront, known } from "../shape_faults.ts";

/**
 * Attributes of SPLIT.
 *
 * @category Models
 */
export interface SplitAttributes {
  /** Number of outputs. */
  readonly numSplits: number;
}

/** SPLIT. */
export const split: OperatorDefinition<SplitAttributes> = {
  description: "Cuts into equal parts; inputs: axis, data",
  optionTable: "SplitOptions",
  inputs: 2,
  outputs: null,
  access: { kind: "movement" },
  moves: (_, { inputs: [axis, { shape }], outputs }) => {
    const along = fromFront(known(axis)?.[0] ?? NaN, shape.length);
    if (along === null) return null;
    const extents = outputs.map(() => shape[along] / outputs.length);
    if (!Number.isInteger(extents[0])) return null;
    return partsAlong(along, { shape, extents }).map(({ extents, within, alone }, output) => (
      { input: 1, output, extents, from: within, to: alone }
    ));
  },
  check: ({ numSplits }, { inputs: [axis, { shape }], outputs }) => {
    if (outputs.length !== numSplits || numSplits < 1) {
      return `${outputs.length} outputs for ${numSplits} parts`;
    }
    const list = known(axis);
    const along = list === null ? null : fromFront(list[0] ?? NaN, shape.length);
    if (list !== null && along === null) return `axis [${list}] of data of shape [${shape}]`;
    for (const output of outputs) {
      const fault = along === null
        ? expectElements(output, elements(shape) / numSplits)
        : expectShape(output, shape.with(along, shape[along] / numSplits));
      if (fault !== null) return fault;
    }
    return null;
  },
};
