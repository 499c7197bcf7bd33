import { firstChannels, type GroupFamily } from "../channelwise/channel_blocks.ts";

/** How a group of channels has its weights. */
export interface WeightOrder {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Groups of a row of taps, for rows one by one; none: not needed. */
  readonly row: readonly TapGroup[];
  /** Groups of all taps; none: not needed. */
  readonly whole: readonly TapGroup[];
  /** What stands for 0 in the elements; not 0: a row of taps adds it times its weights. */
  readonly zero: number;
  /** Whether rows of taps may meet zeros alone. */
  readonly mayMiss: boolean;
  /** Channels of a vector: 4, or more in wide ones, each of whose parts has 16 channels of its own. */
  readonly lanes: number;
}

/**
 * The channel of a group in a lane, counted through its vectors: each part of wide ones has 16 neighbours,
 * four in each of four vectors.
 */
export function channelIn(place: number, lanes: number): number {
  const vector = Math.floor(place / lanes);
  const lane = place % lanes;
  return 16 * Math.floor(lane / 4) + 4 * vector + lane % 4;
}

/** Where the parts of a group's weights begin, after those of rows: `[kh][group][vector][channel][tap]`. */
export interface WeightPlaces {
  /** `[kh][vector][channel]` of int32: what a row of taps adds that meets zeros alone. */
  readonly missingBytes: number;
  /** `[group][vector][channel][tap]` of all taps. */
  readonly wholeBytes: number;
  /** All of a group. */
  readonly groupBytes: number;
}

/** Where the parts of a group of so many vectors begin. */
export function weightPlaces(order: WeightOrder, vectors: number): WeightPlaces {
  const { kernelHeight, row, whole, lanes } = order;
  const vectorBytes = vectors * lanes * 4;
  const missingBytes = kernelHeight * row.length * vectorBytes;
  const wholeBytes = missingBytes + (addsMissing(order) ? kernelHeight * vectorBytes : 0);
  return { missingBytes, wholeBytes, groupBytes: wholeBytes + whole.length * vectorBytes };
}

/** Whether rows of taps that are missing add anything. */
export function addsMissing({ mayMiss, zero }: WeightOrder): boolean {
  return mayMiss && zero !== 0;
}

/** The weights `w[kh, kw, channel]` of all groups of a family, times `factor`: int8 or int16. */
export function packDepthwise(
  weights: ArrayLike<number>,
  { order, family, filters, factor }: {
    readonly order: WeightOrder;
    readonly family: GroupFamily;
    readonly filters: number;
    readonly factor: number;
  },
): Uint8Array {
  const { kernelHeight, kernelWidth, row, whole, zero, lanes } = order;
  const { width } = family;
  const vectors = Math.ceil(width / lanes);
  const places = Array.from({ length: vectors * lanes }, (_, place) => channelIn(place, lanes));
  const { groupBytes } = weightPlaces(order, vectors);
  const starts = firstChannels(family);
  const bytes = new Uint8Array(groupBytes * starts.length);
  const data = new DataView(bytes.buffer);
  let at = 0;
  for (const start of starts) {
    const weight = (kh: number, kw: number, c: number) =>
      c < width ? weights[(kh * kernelWidth + kw) * filters + start + c] * factor : 0;
    const pack = (taps: TapGroup, firstRow: number) => {
      for (const c of places) {
        for (const tap of taps) {
          const value = tap.isUsed ? weight(firstRow + tap.row, tap.column, c) : 0;
          if (taps.length === 4) data.setInt8(at, value);
          else data.setInt16(at, value, true);
          at += 4 / taps.length;
        }
      }
    };
    for (let kh = 0; kh < kernelHeight; kh++) row.forEach((taps) => pack(taps, kh));
    for (let kh = 0; addsMissing(order) && kh < kernelHeight; kh++) {
      for (const c of places) {
        let sum = 0;
        for (let kw = 0; kw < kernelWidth; kw++) sum += weight(kh, kw, c);
        data.setInt32(at, sum * zero, true);
        at += 4;
      }
    }
    whole.forEach((taps) => pack(taps, 0));
  }
  return bytes;
}

/** A tap of a window, counted in taps. */
export interface PackedTap {
  readonly row: number;
  /** May lie beyond the window where the tap is not used. */
  readonly column: number;
  /** Whether it counts; the others have a weight of 0. */
  readonly isUsed: boolean;
}

/** Taps that one instruction multiplies and adds. */
export type TapGroup = readonly PackedTap[];

/** How taps are grouped. */
export interface TapGrouping {
  /** Taps of a group: 2 or 4. */
  readonly size: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideW: number;
}

/**
 * A row of taps in groups of neighbours. What is left goes with taps before it, or after it, whichever
 * makes a group that another pixel needs as well.
 */
export function groupsOfRow({ size, kernelWidth, strideW }: TapGrouping, row = 0): TapGroup[] {
  const groups: TapGroup[] = [];
  for (let first = 0; first < kernelWidth; first += size) {
    const isLeft = strideW % 2 === 1 && kernelWidth >= size;
    const from = isLeft ? Math.min(first, kernelWidth - size) : first;
    groups.push(Array.from({ length: size }, (_, i) => {
      const isUsed = from + i >= first && from + i < kernelWidth;
      // Too few for a group: every other one again.
      const column = kernelWidth <= size / 2 ? i % kernelWidth : from + i;
      return { row, column, isUsed: isUsed && column === from + i };
    }));
  }
  return groups;
}

/** All taps of a window in groups of neighbours in a column, the last rows in groups of their own. */
export function groupsOfWindow(grouping: TapGrouping): TapGroup[] {
  const { size, kernelHeight, kernelWidth } = grouping;
  const groups: TapGroup[] = [];
  let first = 0;
  for (; kernelHeight - first > size / 2; first += size) {
    for (let column = 0; column < kernelWidth; column++) {
      groups.push(Array.from({ length: size }, (_, i) => (
        { row: Math.min(first + i, kernelHeight - 1), column, isUsed: first + i < kernelHeight }
      )));
    }
  }
  for (let row = first; row < kernelHeight; row++) groups.push(...groupsOfRow(grouping, row));
  return groups;
}
