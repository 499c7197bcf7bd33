import type { PreparedVectorFinish } from "./finish_vectors.ts";

/** Channels that are computed one after the other before their results are stored together. */
export const GROUP = 4;

/** In which order: even ones first, so that results come out in order when they are narrowed by pairs. */
export const GROUP_ORDER = [0, 2, 1, 3] as const;

/** How the products of a sum are cut into vectors. */
export interface DotSteps {
  /** Elements, and bytes, of a vector. */
  readonly elements: 16 | 8;
  /** First element of each; the last one may begin before the end of the one before. */
  readonly offsets: readonly number[];
}

/** The steps of a sum; null for sums shorter than any vector. */
export function dotSteps(depth: number): DotSteps | null {
  if (depth < 8) return null;
  const elements = depth < 16 ? 8 : 16;
  const count = Math.ceil(depth / elements);
  return {
    elements,
    offsets: Array.from({ length: count }, (_, i) => Math.min(i * elements, depth - elements)),
  };
}

/** Bytes of a channel's weights. */
export function channelBytes({ elements, offsets }: DotSteps): number {
  return elements * offsets.length;
}

/** Bytes of a whole group: weights, then a vector of each constant. */
export function groupBytes(steps: DotSteps, { words }: { readonly words: number }): number {
  return GROUP * channelBytes(steps) + 16 * words;
}

/**
 * Weights group by group of channels: those of each channel vector by vector, with zeros for elements
 * that the vector before had, then the constants of all of them.
 */
export function packGroups(
  weights: ArrayLike<number>,
  { channels, depth, steps, finish }: {
    readonly channels: number;
    readonly depth: number;
    readonly steps: DotSteps;
    readonly finish: PreparedVectorFinish;
  },
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const { elements, offsets } = steps;
  for (let first = 0; first < channels; first += GROUP) {
    const count = Math.min(GROUP, channels - first);
    for (const c of GROUP_ORDER.filter((each) => each < count)) {
      offsets.forEach((offset, i) => {
        for (let k = offset; k < offset + elements; k++) {
          bytes.push(k < i * elements ? 0 : weights[(first + c) * depth + k] & 0xff);
        }
      });
    }
    for (let word = 0; word < finish.words; word++) {
      const lanes = Int32Array.from({ length: GROUP }, (_, c) => (
        c < count ? finish.wordsOf(first + c)[word] : 0
      ));
      bytes.push(...new Uint8Array(lanes.buffer));
    }
  }
  return Uint8Array.from(bytes);
}
