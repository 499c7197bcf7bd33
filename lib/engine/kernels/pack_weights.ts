import { type DotFormat, groupsOf } from "./dot_format.ts";

/** Channels in one block of sums, and where the block begins. */
export interface ChannelBlock {
  readonly first: number;
  readonly channels: number;
  /** Vectors of four channels. */
  readonly vectors: number;
}

/** Channels in blocks of `vectors` vectors, the last one with what is left. */
export function channelBlocks(channels: number, vectors: number): readonly ChannelBlock[] {
  return blocksOf(channels, vectors * 4);
}

/** Channels in blocks of `size`, the last one with what is left. */
export function blocksOf(channels: number, size: number): readonly ChannelBlock[] {
  return Array.from({ length: Math.ceil(channels / size) }, (_, index) => {
    const count = Math.min(size, channels - index * size);
    return { first: index * size, channels: count, vectors: Math.ceil(count / 4) };
  });
}

/**
 * Weights in the order in which `dotRun` reads them: for every block of channels, for every run, for
 * every group of k, `[vector][channel][k]`, weights of 0 where a group is not full.
 */
export function packWeights(
  weights: ArrayLike<number>,
  { blocks, runs, runLength, factor, format }: {
    readonly blocks: readonly ChannelBlock[];
    readonly runs: number;
    readonly runLength: number;
    /** Every weight is multiplied by it. */
    readonly factor: 1 | 2;
    readonly format: DotFormat;
  },
): Uint8Array {
  const { group, weightBytes } = format;
  const groups = groupsOf(format, runLength);
  const places = placesInRun(format, runLength);
  const depth = runs * runLength;
  const vectors = blocks.reduce((sum, block) => sum + block.vectors, 0);
  const length = vectors * runs * groups * 4 * group;
  const packed = weightBytes === 1 ? new Int8Array(length) : new Int16Array(length);
  let start = 0;
  for (const block of blocks) {
    const groupSize = block.vectors * 4 * group;
    for (let run = 0; run < runs; run++) {
      for (let k = 0; k < runLength; k++) {
        const to = start + (run * groups + places[k].group) * groupSize + places[k].lane;
        const from = block.first * depth + run * runLength + k;
        for (let c = 0; c < block.channels; c++) {
          packed[to + c * group] = weights[from + c * depth] * factor;
        }
      }
    }
    start += runs * groups * groupSize;
  }
  return new Uint8Array(packed.buffer);
}

/** Group of each k of a run, and its place there: what does not fill a group goes by powers of two. */
function placesInRun(
  { group }: DotFormat,
  length: number,
): readonly { readonly group: number; readonly lane: number }[] {
  const places: { group: number; lane: number }[] = [];
  let next = 0;
  for (let size: number = group; size >= 1; size /= 2) {
    for (; length - places.length >= size; next++) {
      for (let lane = 0; lane < size; lane++) places.push({ group: next, lane });
    }
  }
  return places;
}
