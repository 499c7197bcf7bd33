import type { SumFinish } from "./finish_sums.ts";

/** What weights of pairs of channels are packed from. */
export interface PairsLayout {
  readonly channels: number;
  /** Pairs of channels computed together. */
  readonly pairs: number;
  /** Products of a sum. */
  readonly depth: number;
  readonly finish: SumFinish;
}

/** Bytes of all whole blocks of pairs. */
export function wholeBlocksBytes(
  { channels, pairs, depth, finish: { words } }: PairsLayout,
): number {
  const pairBytes = 8 + 2 * Math.ceil(depth / 4) * 4 + 8 * words;
  return Math.floor(channels / (2 * pairs)) * pairs * pairBytes;
}

/**
 * Weights in the order in which they are read. For every block of pairs of channels: what their sums
 * start from, words of four weights, their constants. Of every four products k each pair of channels c
 * and d has a word with even k, `c[k] d[k] c[k + 2] d[k + 2]`, and behind those of all pairs one with
 * odd k: the even bytes of a word are a pair for c, the odd ones for d, as those of four elements of a
 * pixel are.
 */
export function packPairs(
  weights: ArrayLike<number>,
  { channels, pairs, depth, finish }: PairsLayout,
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const words = (values: readonly number[]) =>
    bytes.push(...new Uint8Array(Int32Array.from(values, (each) => each | 0).buffer));
  const weightOf = (channel: number, k: number) => (
    channel < channels && k < depth ? weights[channel * depth + k] : 0
  );
  for (let first = 0; first < channels; first += 2 * pairs) {
    const block = Array.from({ length: 2 * pairs }, (_, i) => first + i)
      .filter((each) => each < channels + channels % 2);
    words(block.map((each) => each < channels ? finish.starts[each] : 0));
    for (let k = 0; k < depth; k += 4) {
      for (const half of [k, k + 1]) {
        for (let c = 0; c < block.length; c += 2) {
          for (const inner of [half, half + 2]) {
            bytes.push(weightOf(block[c], inner) & 0xff, weightOf(block[c + 1], inner) & 0xff);
          }
        }
      }
    }
    for (const each of block) if (each < channels) words(finish.wordsOf(each));
  }
  return Uint8Array.from(bytes);
}
