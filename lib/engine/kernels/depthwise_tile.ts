import type { Region, Value } from "../../codegen/kernel/kernel.ts";
import type { KernelBuilder } from "../../codegen/kernel/kernel_builder.ts";
import { add, apply, mul } from "../../codegen/kernel/values.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import type { TapPair } from "./depthwise_taps.ts";
import type { WeightPlaces } from "./pack_depthwise.ts";
import type { PixelTile } from "./channel_walk.ts";

/** Channels of a tile, and the weights they are multiplied with. */
export interface TileChannels {
  readonly width: number;
  /** Whether all of them come from one input channel. */
  readonly isSplat: boolean;
  readonly input: Region;
  /** Pointer to the group's weights. */
  readonly w: Value;
  readonly weights: Region;
  readonly places: WeightPlaces;
  readonly pairs: readonly TapPair[];
  /** What stands for elements outside of the image, in all lanes of int16. */
  readonly zeroPoint: Value;
  /** Whether missing rows of taps must be made up for. */
  readonly addsMissing: boolean;
}

/** `sums[pixel][vector]` of int32. */
export type TileSums = readonly (readonly Value[])[];

/**
 * `sums[pixel][channel] += x[pixel, kh, kw, channel] * w[kh, kw, channel]`: int16 elements of two taps
 * side by side, one `i32x4.dot_i16x8_s` for four channels. Pairs of elements are made once and used by
 * all pixels of the tile that they are a tap of. Elements outside of the image count as zero points.
 */
export function tileSums(
  b: KernelBuilder,
  { tile, window, channels, bias }: {
    /** `tile.x` at the group's first channel. */
    readonly tile: PixelTile;
    readonly window: SlidingWindow;
    readonly channels: TileChannels;
    /** For every vector of four channels what a sum begins with. */
    readonly bias: readonly Value[];
  },
): TileSums {
  const { kernelHeight, dilationH, inputWidth, inputPixelBytes } = window;
  const { w, weights, places, pairs } = channels;
  const vectorBytes = bias.length * 16;
  const rowStep = dilationH * inputWidth * inputPixelBytes;
  const first = bias.map((each) => b.let("sum", each));
  const isWhole = tile.rows === null;
  if (!isWhole && channels.addsMissing) addMissing(b, first, { tile, window, channels });
  const sums = Array.from({ length: tile.count }, (_, p) => (
    first.map((sum) => p === 0 ? sum : b.let("sum", sum))
  ));
  const rowPairs = (row: Elements, wAt: (index: number, v: number) => Value) => {
    const uses = pairs.flatMap(({ columns: [left, right] }, index) =>
      sums.map((sum, p) => ({
        sum,
        index,
        left: p * window.strideW + left * window.dilationW,
        right: p * window.strideW + right * window.dilationW,
      }))
    );
    addProducts(b, uses, { pairOf: (left, right) => row.pair(left, right), wAt });
  };
  const weightsFrom = (from: Value, offset: number) => {
    const known = new Map<number, Value>();
    return (index: number, v: number) => {
      const offsetBytes = offset + index * vectorBytes + v * 16;
      const load = () =>
        b.let("w", b.load("v128.load", { region: weights, address: from, offsetBytes }));
      const vector = known.get(offsetBytes) ?? load();
      known.set(offsetBytes, vector);
      return vector;
    };
  };
  const elements = (from: Value, offset: number) =>
    new Elements(b, { from, offset, tile, window, channels });

  if (isWhole && places.wholeBytes < places.groupBytes) {
    const wAt = weightsFrom(w, places.wholeBytes);
    const { kernelWidth, strideW, dilationW } = window;
    let done = 0;
    for (let kh = 0; kh + 1 < kernelHeight; kh += 2) {
      const [upper, lower] = [elements(tile.x, kh * rowStep), elements(tile.x, (kh + 1) * rowStep)];
      const uses = Array.from({ length: kernelWidth }, (_, kw) => kw).flatMap((kw) =>
        sums.map((sum, p) => {
          const column = p * strideW + kw * dilationW;
          return { sum, index: kw, left: column, right: column };
        })
      );
      const from = done;
      const pairOf = (column: number) => upper.pairBelow(lower, column);
      addProducts(b, uses, { pairOf, wAt: (index, v) => wAt(from + index, v) });
      done += kernelWidth;
    }
    if (kernelHeight % 2 === 1) {
      const row = elements(tile.x, (kernelHeight - 1) * rowStep);
      rowPairs(row, (index, v) => wAt(done + index, v));
    }
    return sums;
  }
  const rowBytes = pairs.length * vectorBytes;
  const { from, until } = tile.rows ?? { from: 0, until: kernelHeight };
  const wRow = b.let("w_row", add(w, mul(from, rowBytes)));
  const xRow = b.let("x_row", tile.x);
  b.for("kh", { from, until }, () => {
    rowPairs(elements(xRow, 0), weightsFrom(wRow, 0));
    b.advance(wRow, rowBytes);
    b.advance(xRow, rowStep);
  });
  return sums;
}

/** Rows of taps above and below the image meet zero points. */
function addMissing(
  b: KernelBuilder,
  sums: readonly Value[],
  { tile, window, channels: { w, weights, places } }: {
    readonly tile: PixelTile;
    readonly window: SlidingWindow;
    readonly channels: TileChannels;
  },
): void {
  const { from, until } = tile.rows!;
  const above = { from: 0, until: from };
  const below = { from: until, until: window.kernelHeight };
  for (const bounds of [above, below]) {
    b.for("kh", bounds, (kh) => {
      const address = b.let("w_row", add(w, mul(kh, sums.length * 16)));
      sums.forEach((sum, v) => {
        const at = { region: weights, address, offsetBytes: places.missingBytes + v * 16 };
        b.set(sum, apply("i32x4.add", [sum, b.load("v128.load", at)]));
      });
    });
  }
}

interface Use {
  readonly sum: readonly Value[];
  /** Which weights. */
  readonly index: number;
  readonly left: number;
  readonly right: number;
}

/** Pair by pair from left to right, for every pixel that has a use for it. */
function addProducts(
  b: KernelBuilder,
  uses: readonly Use[],
  { pairOf, wAt }: {
    readonly pairOf: (left: number, right: number) => readonly Value[];
    readonly wAt: (index: number, v: number) => Value;
  },
): void {
  const sorted = uses.toSorted((a, c) => a.left - c.left || a.right - c.right);
  let [left, right] = [-1, -1];
  let pair: readonly Value[] = [];
  for (const use of sorted) {
    if (use.left !== left || use.right !== right) pair = pairOf(use.left, use.right);
    [left, right] = [use.left, use.right];
    use.sum.forEach((sum, v) => {
      const product = apply("i32x4.dot_i16x8_s", [pair[v], wAt(use.index, v)]);
      b.set(sum, apply("i32x4.add", [sum, product]));
    });
  }
}

const LOW = [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23];
const HIGH = LOW.map((byte) => byte + 8);

/** The elements of a row of the image that a tile reads, each loaded once. */
class Elements {
  readonly #b: KernelBuilder;
  readonly #from: Value;
  readonly #offset: number;
  readonly #tile: PixelTile;
  readonly #window: SlidingWindow;
  readonly #channels: TileChannels;
  readonly #known = new Map<number, Value>();

  constructor(b: KernelBuilder, { from, offset, tile, window, channels }: {
    readonly from: Value;
    readonly offset: number;
    readonly tile: PixelTile;
    readonly window: SlidingWindow;
    readonly channels: TileChannels;
  }) {
    this.#b = b;
    this.#from = from;
    this.#offset = offset;
    this.#tile = tile;
    this.#window = window;
    this.#channels = channels;
  }

  /** The elements of two columns side by side, four channels a vector. */
  pair(left: number, right: number): readonly Value[] {
    const { isSplat, input } = this.#channels;
    const isBeside = right === left + 1 && this.#window.inputPixelBytes === 1;
    if (isSplat && isBeside && this.#has(left) && this.#has(right)) {
      const both = this.#b.load("v128.load16_splat", { region: input, ...this.#at(left) });
      return this.#halves(this.#b.let("pair", apply("i16x8.extend_low_i8x16_s", [both])), null);
    }
    // The second of a pair may lie beyond the tile: its weight is 0.
    const isWithin = right < this.#span();
    return this.#halves(this.#column(left), this.#column(isWithin ? right : left));
  }

  /** A column's elements of this row and of another one side by side. */
  pairBelow(other: Elements, column: number): readonly Value[] {
    return this.#halves(this.#column(column), other.#column(column));
  }

  #halves(first: Value, second: Value | null): readonly Value[] {
    const { width, isSplat, zeroPoint } = this.#channels;
    const isUniform = first === second && (isSplat || first === zeroPoint);
    const half = (name: string, lanes: readonly number[]) =>
      second === null || isUniform
        ? first
        : this.#b.let(name, apply("i8x16.shuffle", [first, second], lanes));
    const low = half("low", LOW);
    if (width <= 4) return [low];
    return [low, isSplat ? low : half("high", HIGH)];
  }

  #column(column: number): Value {
    const known = this.#known.get(column) ?? this.#load(column);
    this.#known.set(column, known);
    return known;
  }

  #load(column: number): Value {
    const { width, isSplat, input, zeroPoint } = this.#channels;
    if (!this.#has(column)) return zeroPoint;
    const at = { region: input, ...this.#at(column) };
    if (width === 8 && !isSplat) return this.#b.let("x8", this.#b.load("i16x8.load8x8_s", at));
    const op = isSplat || width === 1
      ? "v128.load8_splat"
      : width === 2
      ? "v128.load16_splat"
      : "v128.load32_zero";
    return this.#b.let("x8", apply("i16x8.extend_low_i8x16_s", [this.#b.load(op, at)]));
  }

  #span(): number {
    const { strideW, kernelWidth, dilationW } = this.#window;
    return (this.#tile.count - 1) * strideW + (kernelWidth - 1) * dilationW + 1;
  }

  #has(column: number): boolean {
    return column >= this.#tile.columns.from && column < this.#tile.columns.until;
  }

  #at(column: number): { readonly address: Value; readonly offsetBytes: number } {
    const pixels = column - this.#tile.columns.from;
    return {
      address: this.#from,
      offsetBytes: this.#offset + pixels * this.#window.inputPixelBytes,
    };
  }
}
