import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, sub } from "../../../kernel/values.ts";
import { forDepthwise3Channels, loadChannel } from "./depthwise3_channels.ts";
import { type DepthwiseRegions, rowMode } from "./depthwise3_function.ts";
import { type FinishCode, finishSum } from "./finish_sums.ts";

/** What the code of a function for two rows of 3 x 3 taps with stride 1 depends on. */
export interface TwoRowsShape {
  /** Whether there is a column beyond whole tiles. */
  readonly hasRest: boolean;
  /** Whether there are whole tiles. */
  readonly hasTiles: boolean;
  /** Bytes of the pairs of a channel. */
  readonly planeBytes: number;
  /** Which rows of the image there may be: see `rowMode`. */
  readonly modes: readonly number[];
  readonly finish: FinishCode;
}

/** Columns computed together, in each of two rows. */
export const TILE_COLUMNS = 2;

/** The code's key. */
export function twoRowsName(
  { hasRest, hasTiles, planeBytes, modes, finish }: TwoRowsShape,
): string {
  const count = `${hasTiles ? "t" : ""}${hasRest ? 1 : 0}`;
  return `depthwise3_rows_${count}_${planeBytes}_${modes.join("")}_${finish.key}`;
}

const PARAMETERS = [
  "x",
  "y",
  "w",
  "w_end",
  "pairs",
  "first",
  "last",
  "line_bytes",
  "mode",
  "pixel_bytes",
  "result_bytes",
  "result_line",
  "input_zero",
  "zero",
  "tile_bytes",
  "planes_end",
  "next_plane",
  "next_result",
] as const;

type Given = Readonly<Record<typeof PARAMETERS[number], Value>>;

/**
 * A function that computes some output pixels of two rows for all groups of four channels: as
 * `depthwise3Function`, from four rows of the image, of which the pairs are the first two and the last
 * two. What the upper row takes of the second pair is its lower half, what the lower row takes of the
 * first one its upper half.
 *
 * Parameters: the second row's first column on the image, where results go, weights and their end,
 * where pairs go and where those of the first column on the image do, the end of these, bytes between
 * rows of the image, which of its rows are missing (`rowMode`), bytes of a pixel of the image, of the
 * output, between rows of the output, the input's zero point twice as int16, the output's, bytes of
 * the pairs of all whole tiles, the end of all pairs, and what leads from behind the whole tiles of a
 * channel to the next one's pairs, and from behind its results to the next one's.
 */
export function twoRowsFunction(shape: TwoRowsShape, regions: DepthwiseRegions): KernelCode {
  const b = new KernelBuilder();
  const given = Object.fromEntries(
    PARAMETERS.map((name) => [name, b.parameter(name)]),
  ) as Given;
  forDepthwise3Channels(b, given, {
    modes: shape.modes,
    gather: (mode) => gatherRows(b, { mode, shape, given, regions }),
    compute: (x) => computeChannel(b, shape, { x, given, regions }),
  });
  return b.finish("depthwise3_rows");
}

/** Both pairs of all columns on the image for four channels. */
function gatherRows(
  b: KernelBuilder,
  { mode, shape: { planeBytes }, given, regions }: {
    readonly mode: number;
    readonly shape: TwoRowsShape;
    readonly given: Given;
    readonly regions: DepthwiseRegions;
  },
): void {
  const isThere = [
    (mode & rowMode.isFirstMissing) === 0,
    true,
    true,
    (mode & rowMode.isLastMissing) === 0,
  ];
  const second = b.let("x", given.x);
  const line = b.let("line_bytes", given.line_bytes);
  const rows = [
    () => sub(second, line),
    () => second,
    () => add(second, line),
    () => add(second, apply("i32.shl", [line, 1])),
  ].map((row, i) => isThere[i] ? b.let("row", row()) : null);
  const zero = isThere.every((is) => is) ? null : b.let("x_zero", given.input_zero);
  const step = b.let("pixel_bytes", given.pixel_bytes);
  const offset = b.let("offset", 0);
  const to = b.let("to", given.first);
  const end = b.let("last", given.last);
  /** Pairs of two rows, of each of the four channels. */
  const pairsOf = (pair: readonly (Value | null)[]): readonly Value[] => {
    const words = pair.map((row) =>
      row === null
        ? null
        : b.let("word", b.load("i32.load", { region: regions.input, address: add(row, offset) }))
    );
    const halves = (op: "i32.extend_even8_s" | "i32.extend_odd8_s") =>
      words.map((word) => word === null ? zero! : b.let("half", apply(op, [word])));
    const [even, odd] = [halves("i32.extend_even8_s"), halves("i32.extend_odd8_s")];
    const packed = (op: "i32.pack_low16" | "i32.pack_high16", [a, c]: readonly Value[]) =>
      b.let("pair", apply(op, [a, c]));
    return [
      packed("i32.pack_low16", even),
      packed("i32.pack_low16", odd),
      packed("i32.pack_high16", even),
      packed("i32.pack_high16", odd),
    ];
  };
  b.goOn(to, { until: end, step: 8, atLeastOnce: true }, () => {
    const [upper, lower] = [pairsOf(rows.slice(0, 2)), pairsOf(rows.slice(2))];
    b.advance(offset, step);
    upper.forEach((pair, plane) => {
      const at = { region: regions.pairs, address: to, alignmentBytes: 8 };
      const offsetBytes = plane * planeBytes;
      b.store("i32.store", { ...at, offsetBytes }, pair);
      b.store("i32.store", { ...at, offsetBytes: offsetBytes + 4 }, lower[plane]);
    });
  });
}

/** The output pixels of a channel, tile by tile. */
function computeChannel(
  b: KernelBuilder,
  { hasRest, hasTiles, finish }: TwoRowsShape,
  { x, given, regions }: {
    readonly x: Value;
    readonly given: Given;
    readonly regions: DepthwiseRegions;
  },
): void {
  const { packed, start, words } = loadChannel(b, finish, { given, weights: regions.weights });
  const weights = packed.map((word) => ({
    upper: b.let("upper", apply("i32.extend_even8_s", [word])),
    lower: b.let("lower", apply("i32.extend_odd8_s", [word])),
  }));
  const tile = (columns: number) => {
    const begin = b.let("start", start);
    const sums: Value[][] = Array.from({ length: columns }, () => []);
    const multiply = (p: number, row: number, value: (sum: Value) => Value) => {
      const known = sums[p][row];
      if (known === undefined) sums[p][row] = b.let(`sum${p}_${row}`, value(begin));
      else b.set(known, value(known));
    };
    for (let column = 0; column < columns + 2; column++) {
      const [first, second] = [0, 4].map((behind) => {
        const at = { region: regions.pairs, address: x, alignmentBytes: 8 };
        return b.let("pair", b.load("i32.load", { ...at, offsetBytes: 8 * column + behind }));
      });
      for (let p = 0; p < columns; p++) {
        const kw = column - p;
        if (kw < 0 || kw > 2) continue;
        const { upper, lower } = weights[kw];
        multiply(p, 0, (sum) => apply("i32.dot_i16x2_add", [first, upper, sum]));
        multiply(p, 0, (sum) => apply("i32.mul_low_high_add", [second, lower, sum]));
        multiply(p, 1, (sum) => apply("i32.mul_high_low_add", [first, upper, sum]));
        multiply(p, 1, (sum) => apply("i32.dot_i16x2_add", [second, lower, sum]));
      }
    }
    // Copies: what is alive in all tiles is on the stack, from where it comes when it is needed.
    const factors = words.map((word) => b.let("factor", word));
    const zero = b.let("zero", given.zero);
    const results = sums.map((rows) =>
      rows.map((sum) => finishSum(b, finish, { sum, words: factors, zero }))
    );
    const bytes = b.let("result_bytes", given.result_bytes);
    const to = b.let("y", given.y);
    const below = b.let("y_below", add(to, given.result_line));
    const store = (address: Value, result: Value) =>
      b.store("i32.store8", { region: regions.output, address }, result);
    [to, below].forEach((line, row) => {
      if (columns > 1) store(add(line, bytes), results[1][row]);
      store(line, results[0][row]);
    });
    b.set(given.y, add(to, apply("i32.shl", [bytes, 1])));
  };
  if (hasTiles) {
    const end = b.let("x_end", add(x, given.tile_bytes));
    const step = 8 * TILE_COLUMNS;
    b.goOn(x, { until: end, step, atLeastOnce: true }, () => tile(TILE_COLUMNS));
  }
  if (hasRest) tile(1);
}
