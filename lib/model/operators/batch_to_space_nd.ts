import type { NoAttributes } from "../attributes.ts";
import type { BoxPlace, Move, OperatorDefinition } from "../operator_definition.ts";
import { position, strides } from "../shape.ts";
import { blockFault, expectShape, known } from "../shape_faults.ts";
import type { Tensor } from "../tensor.ts";

/** BATCH_TO_SPACE_ND. */
export const batchToSpaceNd: OperatorDefinition<NoAttributes> = {
  description: "Batches become blocks of pixels; inputs: data, block, [dimensions, 2] crops",
  optionTable: "BatchToSpaceNDOptions",
  inputs: 3,
  access: { kind: "movement" },
  moves: (_, { inputs: [data, block, crops], outputs: [output] }) => {
    const all = blockMoves({ images: output, batches: data }, { block, borders: crops });
    return all?.map(({ image, part, ...move }) => ({ ...move, from: part, to: image })) ?? null;
  },
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

/** Pixels of a block up to which they are moved one after the other. */
const MOST_PARTS = 64;

/**
 * Pixels at the same place of all blocks, which are as many images as there are: how they lie in images
 * that borders are added to, and among the batches. Null if the lists are not known.
 */
export function blockMoves(
  { images, batches }: { readonly images: Tensor; readonly batches: Tensor },
  lists: { readonly block: Tensor; readonly borders: Tensor },
):
  | readonly (Omit<Move, "from" | "to"> & { readonly image: BoxPlace; readonly part: BoxPlace })[]
  | null {
  const [block, borders] = [known(lists.block), known(lists.borders)];
  const spatial = images.shape.length - 2;
  if (block?.length !== spatial || borders?.length !== 2 * spatial) return null;
  const parts = block.reduce((product, size) => product * size, 1);
  if (!(parts <= MOST_PARTS) || images.shape[0] * parts !== batches.shape[0]) return null;
  const [imageSteps, batchSteps] = [strides(images.shape), strides(batches.shape)];
  return Array.from({ length: parts }, (_, number) => {
    // From the last dimension to the first: which pixel of a block, and the blocks whose is inside.
    let rest = number;
    const ways = block.map((size, i) => ({ size, axis: i + 1 })).toReversed().map(
      ({ size, axis }) => {
        const ahead = rest % size - borders[2 * axis - 2];
        rest = Math.floor(rest / size);
        const from = Math.max(0, Math.ceil(-ahead / size));
        const until = Math.min(batches.shape[axis], Math.ceil((images.shape[axis] - ahead) / size));
        return { from, count: Math.max(0, until - from), first: from * size + ahead };
      },
    ).toReversed();
    return {
      input: 0,
      output: 0,
      extents: [
        images.shape[0],
        ...ways.map(({ count }) => count),
        ...images.shape.slice(spatial + 1),
      ],
      image: {
        first: position([0, ...ways.map(({ first }) => first)], imageSteps),
        steps: imageSteps.map((step, axis) => step * (block[axis - 1] ?? 1)),
      },
      part: {
        first: position([number * images.shape[0], ...ways.map(({ from }) => from)], batchSteps),
        steps: batchSteps,
      },
    };
  });
}
