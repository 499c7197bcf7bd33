import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { vectorType } from "../../../kernel/instruction.ts";
import { add, apply, mul, widened } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { RowTile } from "../walk/row_tiles.ts";
import { addsMissing, type TapGroup } from "./pack_depthwise.ts";
import { type TileChannels, TileElements } from "./tile_elements.ts";

/** `sums[pixel][vector]` of int32. */
export type TileSums = readonly (readonly Value[])[];

/**
 * `sums[pixel][channel] += x[pixel, kh, kw, channel] * w[kh, kw, channel]`: elements of two or four
 * taps side by side, one instruction for four channels. Groups of elements are made once and used by
 * all pixels of the tile that they are taps of.
 */
export function tileSums(
  b: KernelBuilder,
  { tile, window, channels, bias }: {
    /** `tile.x` at the group's first channel. */
    readonly tile: RowTile;
    readonly window: SlidingWindow;
    readonly channels: TileChannels;
    /** For every vector of four channels what a sum begins with. */
    readonly bias: readonly Value[];
  },
): TileSums {
  const { w, order, places } = channels;
  const first = bias.map((each) => b.let("sum", each));
  if (tile.rows !== null && addsMissing(order)) addMissing(b, first, { tile, window, channels });
  const sums = Array.from({ length: tile.count }, (_, p) => (
    first.map((sum) => p === 0 ? sum : b.let("sum", sum))
  ));
  const products = { sums, tile, window, channels };
  if (tile.rows === null && order.whole.length > 0) {
    addProducts(b, order.whole, { ...products, x: tile.x, w, offsetBytes: places.wholeBytes });
    return sums;
  }
  const rowBytes = order.row.length * bias.length * order.lanes * 4;
  const { from, until } = tile.rows ?? { from: 0, until: window.kernelHeight };
  const wRow = b.let("w_row", add(w, mul(from, rowBytes)));
  const xRow = b.let("x_row", tile.x);
  const goOn = tile.mover(xRow);
  b.for("kh", { from, until }, () => {
    addProducts(b, order.row, { ...products, x: xRow, w: wRow, offsetBytes: 0 });
    b.advance(wRow, rowBytes);
    goOn();
  });
  return sums;
}

/** Rows of taps above and below the image meet zero points. */
function addMissing(
  b: KernelBuilder,
  sums: readonly Value[],
  { tile, window, channels: { w, weights, places, order: { lanes } } }: {
    readonly tile: RowTile;
    readonly window: SlidingWindow;
    readonly channels: TileChannels;
  },
): void {
  const { from, until } = tile.rows!;
  const above = { from: 0, until: from };
  const below = { from: until, until: window.kernelHeight };
  for (const bounds of [above, below]) {
    b.for("kh", bounds, (kh) => {
      const address = b.let("w_row", add(w, mul(kh, sums.length * lanes * 4)));
      sums.forEach((sum, v) => {
        const offsetBytes = places.missingBytes + v * lanes * 4;
        const more = b.load("v128.load", { region: weights, address, offsetBytes });
        b.set(sum, apply("i32x4.add", [sum, widened(more, vectorType(lanes * 4))]));
      });
    });
  }
}

/** Group by group from left to right, for every pixel that has a use for its elements. */
function addProducts(
  b: KernelBuilder,
  groups: readonly TapGroup[],
  { sums, tile, window, channels, x, w, offsetBytes }: {
    readonly sums: TileSums;
    readonly tile: RowTile;
    readonly window: SlidingWindow;
    readonly channels: TileChannels;
    readonly x: Value;
    readonly w: Value;
    readonly offsetBytes: number;
  },
): void {
  const { strideW, kernelWidth, dilationW } = window;
  const { weights, flip, order: { lanes } } = channels;
  const vectors = sums[0].length;
  const elements = new TileElements(b, { x, tile, window, channels });
  const known = new Map<number, Value>();
  const weightAt = (index: number) => {
    const at = { region: weights, address: w, offsetBytes: offsetBytes + index * lanes * 4 };
    const loaded = () => widened(b.load("v128.load", at), vectorType(lanes * 4));
    const vector = known.get(index) ?? b.let("w", loaded());
    known.set(index, vector);
    return vector;
  };
  // Beyond the tile any element will do: its weight is 0.
  const last = (sums.length - 1) * strideW + (kernelWidth - 1) * dilationW;
  const uses = groups.flatMap((taps, index) =>
    sums.map((sum, p) => ({
      sum,
      index,
      places: taps.map(({ row, column }) => (
        { row, column: Math.min(last, p * strideW + column * dilationW) }
      )),
    }))
  );
  const orderOf = ({ places: [{ row, column }] }: typeof uses[number]) => row + column / 2 ** 20;
  for (const { sum, index, places } of uses.toSorted((a, c) => orderOf(a) - orderOf(c))) {
    const group = elements.group(places);
    sum.forEach((each, v) => {
      const weight = weightAt(index * vectors + v);
      const value = flip === null
        ? apply("i32x4.add", [each, apply("i32x4.dot_i16x8_s", [group[v], weight])])
        : apply("i32x4.relaxed_dot_i8x16_i7x16_add_s", [weight, group[v], each]);
      b.set(each, value);
    });
  }
}
