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
