import { strides } from "./indices.ts";

/**
 * How blocks of pixels lie in an image and as channels of single pixels: steps of both for batches,
 * rows and columns of blocks, rows and columns in a block, channels.
 */
export function pixelBlocks([batches, height, width, channels]: readonly number[], block: number): {
  readonly extents: readonly number[];
  readonly image: readonly number[];
  readonly blocks: readonly number[];
} {
  const extents = [batches, height / block, width / block, block, block, channels];
  const [image, row, column, channel] = strides([batches, height, width, channels]);
  return {
    extents,
    image: [image, row * block, column * block, row, column, channel],
    blocks: strides(extents),
  };
}
