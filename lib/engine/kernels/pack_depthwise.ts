import { firstChannels, type GroupFamily } from "./channel_groups.ts";
import type { TapPair } from "./depthwise_taps.ts";

/** How the taps of a depthwise convolution are paired. */
export interface TapOrder {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly pairs: readonly TapPair[];
}

/** Where the parts of a group's weights begin, after `[kh][pair][vector][channel][2]`: rows one by one. */
export interface WeightPlaces {
  /** `[kh][vector][channel]` of int32: what a row of taps adds that meets the zero point alone. */
  readonly missingBytes: number;
  /** Pairs of rows `[kh / 2][kw][vector][channel][2]`, then the last row if their number is odd. */
  readonly wholeBytes: number;
  /** All of a group. */
  readonly groupBytes: number;
}

/** What a group's weights hold. */
export interface WeightParts {
  readonly rows: boolean;
  readonly missing: boolean;
  readonly whole: boolean;
}

/** Where the parts of a group of so many vectors begin. */
export function weightPlaces(
  { kernelHeight, kernelWidth, pairs }: TapOrder,
  { vectors, parts }: { readonly vectors: number; readonly parts: WeightParts },
): WeightPlaces {
  const vectorBytes = vectors * 16;
  const wholePairs = Math.floor(kernelHeight / 2) * kernelWidth + kernelHeight % 2 * pairs.length;
  const missingBytes = parts.rows ? kernelHeight * pairs.length * vectorBytes : 0;
  const wholeBytes = missingBytes + (parts.missing ? kernelHeight * vectorBytes : 0);
  const groupBytes = wholeBytes + (parts.whole ? wholePairs * vectorBytes : 0);
  return { missingBytes, wholeBytes, groupBytes };
}

/** The weights `w[kh, kw, channel]` of all groups of a family as int16, times `factor`. */
export function packDepthwise(
  weights: ArrayLike<number>,
  { order, family, filters, parts, factor, zeroPoint }: {
    readonly order: TapOrder;
    readonly family: GroupFamily;
    readonly filters: number;
    readonly parts: WeightParts;
    readonly factor: number;
    readonly zeroPoint: number;
  },
): Uint8Array {
  const { kernelHeight, kernelWidth, pairs } = order;
  const { width } = family;
  const vectors = Math.ceil(width / 4);
  const { groupBytes } = weightPlaces(order, { vectors, parts });
  const starts = firstChannels(family);
  const bytes = new Uint8Array(groupBytes * starts.length);
  const data = new DataView(bytes.buffer);
  let at = 0;
  for (const start of starts) {
    const weight = (kh: number, kw: number, c: number) =>
      c < width ? weights[(kh * kernelWidth + kw) * filters + start + c] * factor : 0;
    const vectorsOf = (first: (c: number) => number, second: (c: number) => number) => {
      for (let c = 0; c < vectors * 4; c++, at += 4) {
        data.setInt16(at, first(c), true);
        data.setInt16(at + 2, second(c), true);
      }
    };
    const row = (kh: number) => {
      for (const { columns, uses } of pairs) {
        vectorsOf(
          (c) => uses[0] ? weight(kh, columns[0], c) : 0,
          (c) => uses[1] ? weight(kh, columns[1], c) : 0,
        );
      }
    };
    for (let kh = 0; parts.rows && kh < kernelHeight; kh++) row(kh);
    for (let kh = 0; parts.missing && kh < kernelHeight; kh++) {
      for (let c = 0; c < vectors * 4; c++, at += 4) {
        let sum = 0;
        for (let kw = 0; kw < kernelWidth; kw++) sum += weight(kh, kw, c);
        data.setInt32(at, sum * zeroPoint, true);
      }
    }
    for (let kh = 0; parts.whole && kh + 1 < kernelHeight; kh += 2) {
      for (let kw = 0; kw < kernelWidth; kw++) {
        vectorsOf((c) => weight(kh, kw, c), (c) => weight(kh + 1, kw, c));
      }
    }
    if (parts.whole && kernelHeight % 2 === 1) row(kernelHeight - 1);
  }
  return bytes;
}
