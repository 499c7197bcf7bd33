/** Channels in one block of sums, and where the block begins. */
export interface ChannelBlock {
  readonly first: number;
  readonly channels: number;
  /** Vectors of four channels. */
  readonly vectors: number;
}

/** Channels in blocks of `vectors` vectors, the last one with what is left. */
export function channelBlocks(channels: number, vectors: number): readonly ChannelBlock[] {
  const size = vectors * 4;
  return Array.from({ length: Math.ceil(channels / size) }, (_, index) => {
    const count = Math.min(size, channels - index * size);
    return { first: index * size, channels: count, vectors: Math.ceil(count / 4) };
  });
}

/**
 * Weights in the order in which `dotRun` reads them: for every block of channels, for every run, for
 * every pair of k, `[vector][channel][2]`. A run of odd length ends in a pair with a weight of 0.
 */
export function packWeights(
  weights: ArrayLike<number>,
  { blocks, runs, runLength, factor, elementBytes }: {
    readonly blocks: readonly ChannelBlock[];
    readonly runs: number;
    readonly runLength: number;
    /** Every weight is multiplied by it. */
    readonly factor: 1 | 2;
    /** Bytes of a packed weight. */
    readonly elementBytes: 1 | 2;
  },
): Uint8Array {
  const pairs = Math.ceil(runLength / 2);
  const depth = runs * runLength;
  const vectors = blocks.reduce((sum, block) => sum + block.vectors, 0);
  const length = vectors * runs * pairs * 8;
  const packed = elementBytes === 1 ? new Int8Array(length) : new Int16Array(length);
  let start = 0;
  for (const block of blocks) {
    for (let run = 0; run < runs; run++) {
      for (let k = 0; k < runLength; k++) {
        const pairStart = start + (run * pairs + (k >> 1)) * block.vectors * 8 + (k & 1);
        const from = block.first * depth + run * runLength + k;
        for (let c = 0; c < block.channels; c++) {
          packed[pairStart + c * 2] = weights[from + c * depth] * factor;
        }
      }
    }
    start += runs * pairs * block.vectors * 8;
  }
  return new Uint8Array(packed.buffer);
}
