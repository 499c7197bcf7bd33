import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply } from "../../../kernel/values.ts";
import { forDepthwise3Channels, loadChannel } from "./depthwise3_channels.ts";
import { type FinishCode, finishSum } from "./finish_sums.ts";

/** What the code of a function for 3 x 3 taps depends on. */
export interface Depthwise3Shape {
  /** 1 or 2. */
  readonly strideW: number;
  /** Output pixels of a row beyond whole tiles. */
  readonly rest: number;
  /** Whether there are whole tiles. */
  readonly hasTiles: boolean;
  /** Bytes of the pairs of a channel. */
  readonly planeBytes: number;
  /** Which rows of taps there may be: see `rowMode`. */
  readonly modes: readonly number[];
  readonly finish: FinishCode;
}

/** Memory that the function accesses. */
export interface DepthwiseRegions {
  readonly input: Region;
  readonly output: Region;
  readonly weights: Region;
  /** Pairs of rows, at a multiple of 8. */
  readonly pairs: Region;
}

/** Output pixels computed together. */
export const TILE = 4;

/** Which rows of taps lie on the image: bit 0, the first is missing; bit 1, the last is. */
export const rowMode = { isFirstMissing: 1, isLastMissing: 2 } as const;

/** The code's key. */
export function depthwise3Name(
  { strideW, rest, hasTiles, planeBytes, modes, finish }: Depthwise3Shape,
): string {
  const count = `${hasTiles ? "t" : ""}${rest}`;
  return `depthwise3_s${strideW}_${count}_${planeBytes}_${modes.join("")}_${finish.key}`;
}

const PARAMETERS = [
  "x",
  "y",
  "w",
  "w_end",
  "pairs",
  "first",
  "last",
  "second_row",
  "third_row",
  "mode",
  "pixel_bytes",
  "result_bytes",
  "input_zero",
  "zero",
  "tile_bytes",
  "planes_end",
  "next_plane",
  "next_result",
] as const;

type Given = Readonly<Record<typeof PARAMETERS[number], Value>>;

/**
 * A function that computes some output pixels of a row for all groups of four channels. For each
 * group it gathers what the pixels read, channel by channel: of every column of the image a pair of
 * the first and the second row, and one with the third (of two channels, of which the weights pick
 * one). Then a channel's weights stay in registers for its pixels.
 *
 * Parameters: the first row's first column on the image, where results go, weights and their end,
 * where pairs go and where those of the first column on the image do, the end of these, the distances
 * of the second and third row there is, which rows these are (`rowMode`), bytes of a pixel of the
 * image, of the output, the input's zero point twice as int16, the output's, bytes of the pairs of
 * all whole tiles, the end of all pairs, and what leads from behind the whole tiles of a channel to the
 * next one's pairs, and from behind its results to the next one's.
 */
export function depthwise3Function(
  shape: Depthwise3Shape,
  regions: DepthwiseRegions,
): KernelCode {
  const { planeBytes, modes } = shape;
  const b = new KernelBuilder();
  const given = Object.fromEntries(PARAMETERS.map((name) => [name, b.parameter(name)])) as Given;
  forDepthwise3Channels(b, given, {
    modes,
    gather: (mode) => gatherRows(b, { mode, planeBytes, given, regions }),
    compute: (x) => computeChannel(b, shape, { x, given, regions }),
  });
  return b.finish("depthwise3");
}

/** Pairs of all columns on the image for four channels. */
function gatherRows(
  b: KernelBuilder,
  { mode, planeBytes, given, regions }: {
    readonly mode: number;
    readonly planeBytes: number;
    readonly given: Given;
    readonly regions: DepthwiseRegions;
  },
): void {
  const isThere = [
    (mode & rowMode.isFirstMissing) === 0,
    true,
    (mode & rowMode.isLastMissing) === 0,
  ];
  const distances = [null, given.second_row, given.third_row];
  const first = b.let("x", given.x);
  const pointers = isThere.map((is, row) => {
    if (!is) return null;
    const distance = distances[row - (isThere[0] ? 0 : 1)];
    return b.let("row", distance === null ? first : add(first, distance));
  });
  const zero = isThere.every((is) => is) ? null : b.let("x_zero", given.input_zero);
  const step = b.let("pixel_bytes", given.pixel_bytes);
  const offset = b.let("offset", 0);
  const to = b.let("to", given.first);
  const end = b.let("last", given.last);
  b.goOn(to, { until: end, step: 8, atLeastOnce: true }, () => {
    const words = pointers.map((pointer) => (
      pointer === null ? null : b.let(
        "word",
        b.load("i32.load", { region: regions.input, address: add(pointer, offset) }),
      )
    ));
    b.advance(offset, step);
    const half = (op: "i32.extend_even8_s" | "i32.extend_odd8_s") =>
      words.map((word) => word === null ? zero! : b.let("half", apply(op, [word])));
    const store = (plane: number, pair: Value, third: Value) => {
      const at = { region: regions.pairs, address: to, alignmentBytes: 8 };
      const offsetBytes = plane * planeBytes;
      b.store("i32.store", { ...at, offsetBytes }, pair);
      b.store("i32.store", { ...at, offsetBytes: offsetBytes + 4 }, third);
    };
    const [even, odd] = [half("i32.extend_even8_s"), half("i32.extend_odd8_s")];
    const pair = (op: "i32.pack_low16" | "i32.pack_high16", rows: readonly Value[]) =>
      b.let("pair", apply(op, [rows[0], rows[1]]));
    store(0, pair("i32.pack_low16", even), even[2]);
    store(2, pair("i32.pack_high16", even), even[2]);
    store(1, pair("i32.pack_low16", odd), odd[2]);
    store(3, pair("i32.pack_high16", odd), odd[2]);
  });
}

/** The output pixels of a channel, tile by tile. */
function computeChannel(
  b: KernelBuilder,
  { strideW, rest, hasTiles, finish }: Depthwise3Shape,
  { x, given, regions }: {
    readonly x: Value;
    readonly given: Given;
    readonly regions: DepthwiseRegions;
  },
): void {
  const { packed, start, words } = loadChannel(b, finish, { given, weights: regions.weights });
  const weights = packed.flatMap((word) => [
    b.let("weight", apply("i32.extend_even8_s", [word])),
    b.let("weight", apply("i32.extend_odd8_s", [word])),
  ]);
  const tile = (count: number) => {
    const begin = b.let("start", start);
    const sums: Value[] = [];
    for (let column = 0; column < (count - 1) * strideW + 3; column++) {
      const [pair, third] = [0, 4].map((behind) => (
        b.let(
          "pair",
          b.load("i32.load", {
            region: regions.pairs,
            address: x,
            offsetBytes: 8 * column + behind,
            alignmentBytes: 8,
          }),
        )
      ));
      for (let p = 0; p < count; p++) {
        const kw = column - p * strideW;
        if (kw < 0 || kw > 2) continue;
        const first = apply("i32.dot_i16x2_add", [pair, weights[kw], sums[p] ?? begin]);
        if (sums[p] === undefined) sums[p] = b.let(`sum${p}`, first);
        else b.set(sums[p], first);
        b.set(sums[p], apply("i32.dot_i16x2_add", [third, weights[3 + kw], sums[p]]));
      }
    }
    // Copies: what is alive in all tiles is on the stack, from where it comes when it is needed.
    const factors = words.map((word) => b.let("factor", word));
    const zero = b.let("zero", given.zero);
    const results = sums.map((sum) => finishSum(b, finish, { sum, words: factors, zero }));
    const bytes = b.let("result_bytes", given.result_bytes);
    const to = b.let("y", given.y);
    const store = (address: Value, result: Value) =>
      b.store("i32.store8", { region: regions.output, address }, result);
    for (let p = 0; p < count; p += 2) {
      if (p + 1 < count) store(add(to, bytes), results[p + 1]);
      store(to, results[p]);
      b.set(to, add(to, apply("i32.shl", [bytes, 1])));
    }
    b.set(given.y, to);
  };
  if (hasTiles) {
    const end = b.let("x_end", add(x, given.tile_bytes));
    b.goOn(x, { until: end, step: 8 * TILE * strideW, atLeastOnce: true }, () => tile(TILE));
  }
  if (rest > 0) tile(rest);
}
