import type { SumFinish } from "./finish_sums.ts";

/** What weights are packed from. */
export interface TapsLayout {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly channels: number;
  readonly finish: SumFinish;
}

/** Bytes of a channel's weights, constants included. */
export function tapsBytes({ kernelHeight, kernelWidth, finish }: TapsLayout): number {
  const pairs = Math.floor(kernelHeight / 2) * Math.ceil(kernelWidth / 2);
  const single = kernelHeight % 2 * Math.ceil(kernelWidth / 4);
  return 4 * (1 + pairs + single + finish.words);
}

/**
 * Weights channel by channel: what its sum starts from; of every two rows words of two columns, whose
 * even bytes are the pair of the first one; of a last row alone words of four columns, the even ones
 * in the even bytes; constants.
 */
export function packTaps(weights: ArrayLike<number>, layout: TapsLayout): Uint8Array<ArrayBuffer> {
  const { kernelHeight, kernelWidth, channels, finish } = layout;
  const bytes: number[] = [];
  const words = (values: readonly number[]) =>
    bytes.push(...new Uint8Array(Int32Array.from(values, (each) => each | 0).buffer));
  for (let c = 0; c < channels; c++) {
    const tap = (row: number, column: number) => (
      column < kernelWidth ? weights[(row * kernelWidth + column) * channels + c] & 0xff : 0
    );
    words([finish.startWord(c)]);
    for (let row = 0; row + 1 < kernelHeight; row += 2) {
      for (let kw = 0; kw < kernelWidth; kw += 2) {
        bytes.push(tap(row, kw), tap(row, kw + 1), tap(row + 1, kw), tap(row + 1, kw + 1));
      }
    }
    if (kernelHeight % 2 === 1) {
      const row = kernelHeight - 1;
      for (let kw = 0; kw < kernelWidth; kw += 4) {
        bytes.push(...[0, 1, 2, 3].map((i) => tap(row, kw + i)));
      }
    }
    words(finish.wordsOf(c));
  }
  return Uint8Array.from(bytes);
}
