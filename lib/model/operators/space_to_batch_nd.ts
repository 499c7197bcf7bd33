import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { blockMoves } from "./batch_to_space_nd.ts";
import { blockFault, differ, expectShape, known } from "../shape_faults.ts";

/** SPACE_TO_BATCH_ND. */
export const spaceToBatchNd: OperatorDefinition<NoAttributes> = {
  description: "Blocks of pixels become batches; inputs: data, block, [dimensions, 2] paddings",
  optionTable: "SpaceToBatchNDOptions",
  inputs: 3,
  access: { kind: "movement" },
  moves: (_, { inputs: [data, block, paddings], outputs: [output] }) => {
    const all = blockMoves({ images: data, batches: output }, { block, borders: paddings });
    return all?.map(({ image, part, ...move }) => ({ ...move, from: image, to: part })) ?? null;
  },
  check: (_, { inputs: [data, block, paddings], outputs: [output] }) => {
    const fault = blockFault({ data, block, borders: paddings, output });
    const [sizes, added] = [known(block), known(paddings)];
    if (fault !== null || sizes === null || added === null) return fault;
    const padded = sizes.map((_, i) => added[2 * i] + data.shape[i + 1] + added[2 * i + 1]);
    if (padded.some((extent, i) => differ(extent % sizes[i], 0))) {
      return `[${padded}] rows and columns in blocks of [${sizes}]`;
    }
    return expectShape(output, [
      data.shape[0] * sizes.reduce((product, size) => product * size, 1),
      ...padded.map((extent, i) => extent / sizes[i]),
      ...data.shape.slice(sizes.length + 1),
    ]);
  },
};
