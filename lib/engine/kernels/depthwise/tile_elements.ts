import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import { loadPart } from "../channelwise/pixel_store.ts";
import type { RowTile } from "../walk/row_tiles.ts";
import type { WeightOrder, WeightPlaces } from "./pack_depthwise.ts";

/** Channels of a tile, and the weights they are multiplied with. */
export interface TileChannels {
  readonly width: number;
  /** Whether all of them come from one input channel. */
  readonly isSplat: boolean;
  readonly input: Region;
  /** Pointer to the group's weights. */
  readonly w: Value;
  readonly weights: Region;
  readonly order: WeightOrder;
  readonly places: WeightPlaces;
  /** What stands for elements outside of the image, in all lanes: int16, or int8 with `flip`. */
  readonly outside: Value;
  /** Null: pairs of int16; else groups of four bytes, xor this in all lanes of int8. */
  readonly flip: Value | null;
}

/** An element of the image: row of taps, and column of the image counted from the tile's first. */
export interface TapPlace {
  readonly row: number;
  readonly column: number;
}

/** Elements of two vectors in turn, the lower and the upper half of them. */
const BYTES = [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23];
const UPPER_BYTES = BYTES.map((byte) => byte + 8);
const WORDS = [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23];
const UPPER_WORDS = WORDS.map((byte) => byte + 8);

const SPLATS = { 4: "v128.load32_splat", 2: "v128.load16_splat" } as const;

/**
 * The elements that a tile reads, channel by channel side by side in groups of two (int16) or four
 * (uint8), four channels a vector. Each is loaded once, each group made once.
 */
export class TileElements {
  readonly #b: KernelBuilder;
  readonly #x: Value;
  readonly #tile: RowTile;
  readonly #window: SlidingWindow;
  readonly #channels: TileChannels;
  readonly #made = new Map<string, Value>();
  readonly #rows = new Map<number, Value>();
  readonly #groups = new Map<string, readonly Value[]>();

  constructor(b: KernelBuilder, { x, tile, window, channels }: {
    readonly x: Value;
    readonly tile: RowTile;
    readonly window: SlidingWindow;
    readonly channels: TileChannels;
  }) {
    this.#b = b;
    this.#x = x;
    this.#tile = tile;
    this.#window = window;
    this.#channels = channels;
  }

  /** A group for every four channels. */
  group(places: readonly TapPlace[]): readonly Value[] {
    const key = keyOf(places);
    const group = this.#groups.get(key) ?? this.#group(places);
    this.#groups.set(key, group);
    return group;
  }

  #group(places: readonly TapPlace[]): readonly Value[] {
    const { flip, width } = this.#channels;
    if (width >= 16) return this.#wideGroup(places);
    const run = this.#run(places);
    if (flip === null) {
      if (run !== null) return this.#halves(apply("i16x8.extend_low_i8x16_s", [run]), null);
      return this.#halves(this.#element(places[0]), this.#element(places[1]));
    }
    if (run !== null) return this.#halves(apply("v128.xor", [run, flip]), null);
    return this.#halves(this.#bytePair(places.slice(0, 2)), this.#bytePair(places.slice(2)));
  }

  /** Of 16 channels in each part, four vectors of groups. */
  #wideGroup(places: readonly TapPlace[]): readonly Value[] {
    const pairs = [places.slice(0, 2), places.slice(2)].map((pair) =>
      [BYTES, UPPER_BYTES].map((bytes) =>
        this.#once(`${bytes[0]} ${keyOf(pair)}`, () => {
          return apply("i8x16.shuffle", pair.map((place) => this.#unsigned(place)), bytes);
        })
      )
    );
    return [0, 1].flatMap((half) =>
      [WORDS, UPPER_WORDS].map((words) => (
        this.#b.let("xk", apply("i8x16.shuffle", pairs.map((pair) => pair[half]), words))
      ))
    );
  }

  /** An element of every channel as uint8. */
  #unsigned(place: TapPlace): Value {
    const { flip } = this.#channels;
    return this.#once(`unsigned ${keyOf([place])}`, () => (
      apply("v128.xor", [this.#element(place), flip!])
    ));
  }

  /** Neighbours of the one input channel there is, by one load; null: they are not that. */
  #run(places: readonly TapPlace[]): Value | null {
    const { isSplat, input } = this.#channels;
    const [first] = places;
    const isRun = places.every(({ row, column }, i) => (
      row === first.row && column === first.column + i && this.#has(column)
    ));
    if (!isSplat || this.#window.inputPixelBytes !== 1 || !isRun) return null;
    const op = SPLATS[places.length as keyof typeof SPLATS];
    return this.#b.load(op, { region: input, ...this.#at(first) });
  }

  /** Two vectors of words in turn, or one as it is; both halves are the same for one input channel. */
  #halves(first: Value, second: Value | null): readonly Value[] {
    const { width, isSplat } = this.#channels;
    const half = (lanes: readonly number[]) => (
      this.#b.let("xk", second === null ? first : apply("i8x16.shuffle", [first, second], lanes))
    );
    const lower = half(WORDS);
    if (width <= 4) return [lower];
    return [lower, isSplat ? lower : half(UPPER_WORDS)];
  }

  /** Two elements of every channel as uint8. */
  #bytePair(places: readonly TapPlace[]): Value {
    const [first, second] = places;
    return this.#once(keyOf(places), () => {
      const run = this.#run(places);
      const both = [this.#element(first), this.#element(second)];
      const pair = run ?? apply("i8x16.shuffle", both, BYTES);
      return apply("v128.xor", [pair, this.#channels.flip!]);
    });
  }

  /** An element of every channel, as bytes or, for pairs, int16. */
  #element(place: TapPlace): Value {
    const { width, isSplat, input, outside, flip } = this.#channels;
    if (!this.#has(place.column)) return outside;
    return this.#once(keyOf([place]), () => {
      const at = { region: input, ...this.#at(place) };
      if (flip !== null) return loadPart(this.#b, at, isSplat ? 1 : width);
      if (width === 8 && !isSplat) return this.#b.load("i16x8.load8x8_s", at);
      const bytes = loadPart(this.#b, at, isSplat ? 1 : width);
      return apply("i16x8.extend_low_i8x16_s", [bytes]);
    });
  }

  #once(key: string, make: () => Value): Value {
    const known = this.#made.get(key) ?? this.#b.let("x", make());
    this.#made.set(key, known);
    return known;
  }

  #has(column: number): boolean {
    return column >= this.#tile.columns.from && column < this.#tile.columns.until;
  }

  /** Where the tile's first column lies in a row of taps. */
  #row(row: number): { readonly address: Value; readonly offsetBytes: number } {
    const distance = row === 0 ? 0 : this.#tile.rowDistances[row];
    if (typeof distance === "number") return { address: this.#x, offsetBytes: distance };
    const line = this.#rows.get(row) ?? this.#b.let("x_row", add(this.#x, distance));
    this.#rows.set(row, line);
    return { address: line, offsetBytes: 0 };
  }

  #at({ row, column }: TapPlace): { readonly address: Value; readonly offsetBytes: number } {
    const { address, offsetBytes } = this.#row(row);
    const pixels = column - this.#tile.columns.from;
    return { address, offsetBytes: offsetBytes + pixels * this.#window.inputPixelBytes };
  }
}

function keyOf(places: readonly TapPlace[]): string {
  return places.map(({ row, column }) => `${row},${column}`).join(" ");
}
