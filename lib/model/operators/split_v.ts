import type { OperatorDefinition } from "../operator_definition.ts";
import { partsAlong } from "../shape.ts";
import { differ, expectShape, fromFront, known, rankFault } from "../shape_faults.ts";
import type { SplitAttributes } from "./split.ts";

/** SPLIT_V. */
export const splitV: OperatorDefinition<SplitAttributes> = {
  description: "Cuts into parts of sizes of their own; inputs: data, sizes (one may be -1), axis",
  optionTable: "SplitVOptions",
  inputs: 3,
  outputs: null,
  access: { kind: "movement" },
  moves: (_, { inputs: [{ shape }, , axis], outputs }) => {
    const along = fromFront(known(axis)?.[0] ?? NaN, shape.length);
    if (along === null) return null;
    const extents = outputs.map((output) => output.shape[along]);
    return partsAlong(along, { shape, extents }).map(({ extents, within, alone }, output) => (
      { input: 0, output, extents, from: within, to: alone }
    ));
  },
  check: ({ numSplits }, { inputs: [data, sizes, axisTensor], outputs }) => {
    if (outputs.length !== numSplits || numSplits < 1) {
      return `${outputs.length} outputs for ${numSplits} parts`;
    }
    const rank = data.shape.length;
    const [axis] = known(axisTensor) ?? [];
    if (axis === undefined) return null;
    const along = fromFront(axis, rank);
    if (along === null) return `axis ${axis} of data of shape [${data.shape}]`;
    for (const output of outputs) {
      const fault = rankFault("output", output, rank) ??
        expectShape(output, data.shape.with(along, output.shape[along]));
      if (fault !== null) return fault;
    }
    const extents = outputs.map(({ shape }) => shape[along]);
    const total = extents.reduce((sum, extent) => sum + extent, 0);
    const given = known(sizes) ?? [];
    const isOther = given.length > 0 && given.length !== outputs.length ||
      given.some((size, i) => size !== -1 && differ(size, extents[i]));
    if (differ(total, data.shape[along]) || isOther) {
      return `parts of [${extents}] by sizes [${given}] of ${data.shape[along]}`;
    }
    return null;
  },
};
