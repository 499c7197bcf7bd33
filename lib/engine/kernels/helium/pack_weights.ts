import type { PreparedVectorFinish } from "./finish_vectors.ts";

/** Channels that are computed one after the other before their results are stored together. */
export const GROUP = 4;

/** In which order: even ones first, so that results come out in order when they are narrowed by pairs. */
export const GROUP_ORDER = [0, 2, 1, 3] as const;

/** A vector of a sum's elements. */
export interface DotStep {
  /** Its first element, which the one before may have had as well. */
  readonly offset: number;
  /** How many it has: 16 as they are, or 8 that are widened when they are loaded. */
  readonly elements: 16 | 8;
}

/** The vectors of a sum; null for sums shorter than any. */
export function dotSteps(depth: number): readonly DotStep[] | null {
  if (depth < 8) return null;
  const whole = Math.floor(depth / 16);
  const rest = depth % 16;
  const steps: DotStep[] = Array.from(
    { length: whole },
    (_, i) => ({ offset: 16 * i, elements: 16 }),
  );
  if (rest > 8 && whole > 0) steps.push({ offset: depth - 16, elements: 16 });
  else if (rest > 8) steps.push({ offset: 0, elements: 8 }, { offset: depth - 8, elements: 8 });
  else if (rest > 0) steps.push({ offset: depth - 8, elements: 8 });
  return steps;
}

/** Bytes of a channel's weights. */
export function channelBytes(steps: readonly DotStep[]): number {
  return steps.reduce((sum, { elements }) => sum + elements, 0);
}

/** Bytes of a whole group: weights, then a vector of each constant. */
export function groupBytes(
  steps: readonly DotStep[],
  { words }: { readonly words: number },
): number {
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
    readonly steps: readonly DotStep[];
    readonly finish: PreparedVectorFinish;
  },
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let first = 0; first < channels; first += GROUP) {
    const count = Math.min(GROUP, channels - first);
    for (const c of GROUP_ORDER.filter((each) => each < count)) {
      let next = 0;
      for (const { offset, elements } of steps) {
        for (let k = offset; k < offset + elements; k++) {
          bytes.push(k < next ? 0 : weights[(first + c) * depth + k] & 0xff);
        }
        next = offset + elements;
      }
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

/** Channels that are computed together. */
export const HELIUM_LANES = 8;

/** Bytes of a group of channels. */
export function lanesBytes(taps: number, { words }: { readonly words: number }): number {
  return HELIUM_LANES * taps + 32 * words;
}

/**
 * Weights group by group of eight channels: biases of the even channels and of the odd ones, weights tap
 * by tap, then the other constants as the biases.
 */
export function packHeliumDepthwise(
  weights: ArrayLike<number>,
  { channels, finish }: { readonly channels: number; readonly finish: PreparedVectorFinish },
): Uint8Array<ArrayBuffer> {
  const taps = weights.length / channels;
  const bytes: number[] = [];
  for (let first = 0; first < channels; first += HELIUM_LANES) {
    const constants = (word: number) => {
      for (const parity of [0, 1]) {
        const lanes = Int32Array.from({ length: HELIUM_LANES / 2 }, (_, i) => (
          finish.wordsOf(first + 2 * i + parity)[word]
        ));
        bytes.push(...new Uint8Array(lanes.buffer));
      }
    };
    constants(0);
    for (let tap = 0; tap < taps; tap++) {
      for (let c = 0; c < HELIUM_LANES; c++) bytes.push(weights[tap * channels + first + c] & 0xff);
    }
    for (let word = 1; word < finish.words; word++) constants(word);
  }
  return Uint8Array.from(bytes);
}
