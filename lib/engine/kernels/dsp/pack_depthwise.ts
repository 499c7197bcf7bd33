import type { SumFinish } from "./finish_sums.ts";

/** Bytes of a channel's weights, constants included. */
export function depthwise3Bytes({ words }: Pick<SumFinish, "words">): number {
  return 16 + 4 * words;
}

/**
 * Weights of 3 x 3 taps channel by channel, in three words whose even and odd bytes are pairs: those
 * of the first two rows, column by column, then each of the third with 0 beside it, on the side on
 * which the channel does not lie in the pairs of its group of four: the first two lie low. Then the
 * sum's start and constants.
 */
export function packDepthwise3(
  weights: ArrayLike<number>,
  { channels, finish }: { readonly channels: number; readonly finish: SumFinish },
): Uint8Array<ArrayBuffer> {
  return pack({ channels, finish }, (c) => {
    const tap = (row: number, column: number) => weights[(row * 3 + column) * channels + c];
    return [
      ...[0, 1, 2].map((column) => [tap(0, column), tap(1, column)]),
      ...[0, 1, 2].map((column) => c % 4 < 2 ? [tap(2, column), 0] : [0, tap(2, column)]),
    ];
  });
}

/** The same for two rows at a time: of every column the first two taps and the last two. */
export function packTwoRows(
  weights: ArrayLike<number>,
  { channels, finish }: { readonly channels: number; readonly finish: SumFinish },
): Uint8Array<ArrayBuffer> {
  return pack({ channels, finish }, (c) => {
    const tap = (row: number, column: number) => weights[(row * 3 + column) * channels + c];
    return [0, 1, 2].flatMap((column) => [
      [tap(0, column), tap(1, column)],
      [tap(1, column), tap(2, column)],
    ]);
  });
}

function pack(
  { channels, finish }: { readonly channels: number; readonly finish: SumFinish },
  pairsOf: (channel: number) => readonly (readonly number[])[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(channels * depthwise3Bytes(finish));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    const pairs = pairsOf(c);
    for (let i = 0; i < 6; i += 2) {
      for (const half of [0, 1]) {
        for (const pair of [pairs[i], pairs[i + 1]]) view.setInt8(at++, pair[half]);
      }
    }
    for (const word of [finish.startWord(c), ...finish.wordsOf(c)]) {
      view.setInt32(at, word | 0, true);
      at += 4;
    }
  }
  return bytes;
}

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
