import type { NoAttributes } from "../attributes.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { blockFault, expectShape, known } from "../shape_faults.ts";

/** BATCH_TO_SPACE_ND. */
export const batchToSpaceNd: OperatorDefinition<NoAttributes> = {
  description: "Batches become blocks of pixels; inputs: data, block, [dimensions, 2] crops",
  optionTable: "BatchToSpaceNDOptions",
  inputs: 3,
  access: { kind: "movement" },
  check: (_, { inputs: [data, block, crops], outputs: [output] }) => {
    const fault = blockFault({ data, block, borders: crops, output });
    const [sizes, cut] = [known(block), known(crops)];
    if (fault !== null || sizes === null || cut === null) return fault;
    const pixels = sizes.reduce((product, size) => product * size, 1);
    if (data.shape[0] % pixels !== 0) return `${data.shape[0]} batches in blocks of [${sizes}]`;
    return expectShape(output, [
      data.shape[0] / pixels,
      ...sizes.map((size, i) => data.shape[i + 1] * size - cut[2 * i] - cut[2 * i + 1]),
      ...data.shape.slice(sizes.length + 1),
    ]);
  },
};
