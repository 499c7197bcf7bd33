import type { OperatorDefinition } from "../operator_definition.ts";
import { strides, wholeOf } from "../shape.ts";
import { differ, expectShape, rankFault } from "../shape_faults.ts";

/**
 * Attributes of DEPTH_TO_SPACE.
 *
 * @category Models
 */
export interface DepthToSpaceAttributes {
  /** Rows and columns of the pixels that one becomes. */
  readonly blockSize: number;
}

/** DEPTH_TO_SPACE. */
export const depthToSpace: OperatorDefinition<DepthToSpaceAttributes> = {
  description: "Channels become blocks of pixels, row by row of a block",
  optionTable: "DepthToSpaceOptions",
  inputs: 1,
  access: { kind: "movement" },
  moves: ({ blockSize }, { outputs: [{ shape }] }) => {
    const { extents, image } = pixelBlocks(shape, blockSize);
    const to = { first: 0, steps: image };
    return [{ input: 0, output: 0, extents, from: wholeOf({ shape: extents }), to }];
  },
  check: ({ blockSize: block }, { inputs: [input], outputs: [output] }) => {
    const fault = rankFault("input", input, 4);
    if (fault !== null) return fault;
    if (block < 1) return `a block of ${block}, needed at least 1`;
    const [batches, height, width, channels] = input.shape;
    if (differ(channels % block ** 2, 0)) {
      return `blocks of ${block} x ${block} from an input of shape [${input.shape}]`;
    }
    return expectShape(output, [batches, height * block, width * block, channels / block ** 2]);
  },
};

/**
 * Blocks of pixels of an image, whose dimensions are those of blocks and within them; as channels of
 * single pixels they lie in this order. And how they lie in the image.
 */
export function pixelBlocks([batches, height, width, channels]: readonly number[], block: number): {
  readonly extents: readonly number[];
  readonly image: readonly number[];
} {
  const [image, row, column, channel] = strides([batches, height, width, channels]);
  return {
    extents: [batches, height / block, width / block, block, block, channels],
    image: [image, row * block, column * block, row, column, channel],
  };
}
