import type { ChannelBlock } from "./pack_weights.ts";

/**
 * Weights `[channel][k]` in the order in which `multiplyRun` reads them: for every block of
 * channels, `[k][channel]`, channels that fill the last vector up with weights of 0.
 */
export function packFloats(
  weights: ArrayLike<number>,
  { blocks, depth }: { readonly blocks: readonly ChannelBlock[]; readonly depth: number },
): Uint8Array {
  const vectors = blocks.reduce((sum, block) => sum + block.vectors, 0);
  const packed = new Float32Array(vectors * 4 * depth);
  let at = 0;
  for (const { first, channels, vectors } of blocks) {
    for (let k = 0; k < depth; k++) {
      for (let c = 0; c < channels; c++) packed[at + c] = weights[(first + c) * depth + k];
      at += vectors * 4;
    }
  }
  return new Uint8Array(packed.buffer);
}
