import type { PreparedVectorFinish } from "./finish_vectors.ts";

/** Channels that are computed together. */
export const LANES = 8;

/** Bytes of a group of channels. */
export function lanesBytes(taps: number, { words }: { readonly words: number }): number {
  return LANES * taps + 32 * words;
}

/**
 * Weights group by group of eight channels: biases of the even channels and of the odd ones, weights tap
 * by tap, then the other constants as the biases.
 */
export function packDepthwise(
  weights: ArrayLike<number>,
  { channels, finish }: { readonly channels: number; readonly finish: PreparedVectorFinish },
): Uint8Array<ArrayBuffer> {
  const taps = weights.length / channels;
  const bytes: number[] = [];
  for (let first = 0; first < channels; first += LANES) {
    const constants = (word: number) => {
      for (const parity of [0, 1]) {
        const lanes = Int32Array.from({ length: LANES / 2 }, (_, i) => (
          finish.wordsOf(first + 2 * i + parity)[word]
        ));
        bytes.push(...new Uint8Array(lanes.buffer));
      }
    };
    constants(0);
    for (let tap = 0; tap < taps; tap++) {
      for (let c = 0; c < LANES; c++) bytes.push(weights[tap * channels + first + c] & 0xff);
    }
    for (let word = 1; word < finish.words; word++) constants(word);
  }
  return Uint8Array.from(bytes);
}
