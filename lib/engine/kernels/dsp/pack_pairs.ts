import type { SumFinish } from "./finish_sums.ts";

/** What weights of pairs of channels are packed from. */
export interface PairsLayout {
  readonly channels: number;
  /** Products of a sum. */
  readonly depth: number;
  readonly finish: SumFinish;
}

/** Bytes of the weights of a pair of channels, constants included. */
export function pairBytes({ depth, finish: { words } }: PairsLayout): number {
  return 8 + 2 * paddedDepth(depth) + 8 * words;
}

/** Products are taken four at a time. */
export function paddedDepth(depth: number): number {
  return Math.ceil(depth / 4) * 4;
}

/**
 * Weights in the order in which they are read. For every two channels c and d: what their sums start
 * from, words of four weights, their constants. Of every four products k a word has those with
 * even k, `c[k] d[k] c[k + 2] d[k + 2]`, and one those with odd k: the even bytes of a word are a pair
 * for c, the odd ones for d, as those of four elements of a pixel are.
 */
export function packPairs(
  weights: ArrayLike<number>,
  layout: PairsLayout,
): Uint8Array<ArrayBuffer> {
  const { channels, depth, finish } = layout;
  const bytes = new Uint8Array(Math.ceil(channels / 2) * pairBytes(layout));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const word = (value: number) => {
    view.setInt32(at, value | 0, true);
    at += 4;
  };
  for (let c = 0; c < channels; c += 2) {
    const pair = [c, c + 1].map((each) => each < channels ? each : null);
    for (const each of pair) word(each === null ? 0 : finish.starts[each]);
    for (let k = 0; k < depth; k += 4) {
      for (const first of [k, k + 1]) {
        for (const inner of [first, first + 2]) {
          for (const each of pair) {
            const isThere = each !== null && inner < depth;
            view.setInt8(at++, isThere ? weights[each * depth + inner] : 0);
          }
        }
      }
    }
    for (const each of pair) {
      if (each === null) at += 4 * finish.words;
      else finish.wordsOf(each).forEach(word);
    }
  }
  return bytes;
}
