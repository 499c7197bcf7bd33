import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply } from "../../../kernel/values.ts";
import { type FinishCode, finishSum, unpackStart } from "./finish_sums.ts";

/** A depthwise convolution of any taps, in pairs of rows. */
export interface TapsShape {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** 1 or 2. */
  readonly strideW: number;
  /** Columns that are gathered. */
  readonly columns: number;
  /** Output pixels computed together, and those beyond whole tiles. */
  readonly pixels: number;
  readonly rest: number;
  readonly hasTiles: boolean;
  readonly finish: FinishCode;
}

/** The code's key. */
export function tapsName(shape: TapsShape): string {
  const { kernelHeight, kernelWidth, strideW, columns, pixels, rest, hasTiles, finish } = shape;
  const count = `${hasTiles ? pixels : 0}_${rest}`;
  return `depthwise${kernelHeight}x${kernelWidth}_s${strideW}_${columns}_${count}_${finish.key}`;
}

/** Bytes of a pair of rows of a channel. */
export function rowPairBytes({ columns }: Pick<TapsShape, "columns">): number {
  return 4 * columns;
}

/** Bytes of a channel's pairs: a row alone is a pair as well. Few sizes let layers share functions. */
export function tapsPlaneBytes({ kernelHeight, columns }: TapsShape): number {
  return Math.ceil(Math.ceil(kernelHeight / 2) * rowPairBytes({ columns }) / 128) * 128;
}

/** Where a column lies among the pairs of a row: with stride 2 the even ones come first. */
export function columnPlace({ strideW, columns }: TapsShape, column: number): number {
  if (strideW === 1) return column;
  return column % 2 * Math.ceil(columns / 2) + Math.floor(column / 2);
}

const PARAMETERS = [
  "x",
  "y",
  "w",
  "result_bytes",
  "zero",
  "tile_bytes",
  "planes_end",
  "next_result",
] as const;

/**
 * A function that computes some output pixels of a row for four channels from pairs of rows: each word
 * of weights is read once for all pixels of a tile.
 *
 * Parameters: where pairs lie, where results go, the weights, bytes of a result pixel, its zero
 * point, pixels in whole tiles, the end of the pairs, and what leads from behind the last result of a
 * channel to the next one's first.
 */
export function tapsFunction(
  shape: TapsShape,
  { pairs, output, weights }: {
    readonly pairs: Region;
    readonly output: Region;
    readonly weights: Region;
  },
): KernelCode {
  const { kernelHeight, strideW, pixels, rest, hasTiles, finish } = shape;
  const b = new KernelBuilder();
  const [x, y, w, resultBytes, zero, tileBytes, end, nextResult] = PARAMETERS.map((name) =>
    b.parameter(name)
  );
  const planeBytes = tapsPlaneBytes(shape);
  const rowBytes = rowPairBytes(shape);
  const rowPairs = Math.floor(kernelHeight / 2);
  const word = (pointer: Value) => {
    const at = { region: weights, address: pointer, alignmentBytes: 4 } as const;
    const value = b.let("weights", b.load("i32.load", at));
    b.advance(pointer, 4);
    return value;
  };
  const tile = (from: Value, channel: Value, count: number): Value => {
    const pointer = b.let("w", channel);
    const { start, shift } = unpackStart(b, finish, word(pointer));
    const sums = Array.from({ length: count }, () => ({ value: start, isOwn: false }));
    const multiply = (p: number, op: Parameters<typeof apply>[0], pair: Value, weight: Value) => {
      const product = apply(op, [pair, weight, sums[p].value]);
      if (sums[p].isOwn) return b.set(sums[p].value, product);
      sums[p] = { value: b.let(`sum${p}`, product), isOwn: true };
    };
    const row = b.let("row", from);
    const pairRow = () =>
      pairsOfRow(b, { shape, count, pairs, row, word: () => word(pointer), multiply });
    if (rowPairs > 0) pairRow();
    if (rowPairs > 1) {
      b.advance(row, rowBytes);
      b.for("pair", { from: rowPairs - 1, until: 0, step: -1 }, () => {
        pairRow();
        b.advance(row, rowBytes);
      });
    } else if (rowPairs === 1) b.advance(row, rowBytes);
    if (kernelHeight % 2 === 1) {
      singleRow(b, { shape, count, pairs, row, word: () => word(pointer), multiply });
    }
    const words: Value[] = Array.from({ length: finish.words }, () => word(pointer));
    if (shift !== null) words.push(shift);
    const offset = b.let("zero", zero);
    const results = sums.map(({ value }) =>
      finishSum(b, finish, { sum: value, words, zero: offset })
    );
    const step = b.let("result_bytes", resultBytes);
    const to = b.let("y", y);
    results.forEach((result) => {
      b.store("i32.store8", { region: output, address: to }, result);
      b.advance(to, step);
    });
    b.set(y, to);
    return pointer;
  };
  b.goOn(x, { until: end, step: 0, atLeastOnce: true }, () => {
    const from = b.let("x_tile", x);
    const next = b.let("w_next", w);
    if (hasTiles) {
      const last = b.let("x_end", add(from, tileBytes));
      // Words of neighbours lie side by side, whatever the stride.
      b.goOn(from, { until: last, step: 4 * pixels, atLeastOnce: true }, () => {
        b.set(next, tile(from, w, pixels));
      });
    }
    if (rest > 0) b.set(next, tile(from, w, rest));
    b.set(w, next);
    b.advance(x, planeBytes);
    b.advance(y, nextResult);
  });
  return b.finish(`taps${strideW}`);
}

interface Row {
  readonly shape: TapsShape;
  readonly count: number;
  readonly pairs: Region;
  readonly row: Value;
  readonly word: () => Value;
  readonly multiply: (
    p: number,
    op: "i32.dot_i16x2_add" | "i32.mul_low_low_add" | "i32.mul_low_high_add",
    pair: Value,
    weight: Value,
  ) => void;
}

/** Two rows of taps: a word of weights for every two columns. */
function pairsOfRow(b: KernelBuilder, row: Row): void {
  const { shape: { kernelWidth } } = row;
  for (let kw = 0; kw < kernelWidth; kw += 2) {
    const weights = row.word();
    const even = b.let("even", apply("i32.extend_even8_s", [weights]));
    const taps = [{ kw, weight: even, op: "i32.dot_i16x2_add" as const }];
    if (kw + 1 < kernelWidth) {
      const odd = b.let("odd", apply("i32.extend_odd8_s", [weights]));
      taps.push({ kw: kw + 1, weight: odd, op: "i32.dot_i16x2_add" });
    }
    multiplyTaps(b, row, taps);
  }
}

/** One row of taps, low in its pairs: a word of weights for every four columns. */
function singleRow(b: KernelBuilder, row: Row): void {
  const { shape: { kernelWidth } } = row;
  for (let kw = 0; kw < kernelWidth; kw += 4) {
    const weights = row.word();
    const even = b.let("even", apply("i32.extend_even8_s", [weights]));
    const odd = kw + 1 < kernelWidth ? b.let("odd", apply("i32.extend_odd8_s", [weights])) : even;
    const taps = [
      { kw, weight: even, op: "i32.mul_low_low_add" as const },
      { kw: kw + 1, weight: odd, op: "i32.mul_low_low_add" as const },
      { kw: kw + 2, weight: even, op: "i32.mul_low_high_add" as const },
      { kw: kw + 3, weight: odd, op: "i32.mul_low_high_add" as const },
    ];
    multiplyTaps(b, row, taps.filter((each) => each.kw < kernelWidth));
  }
}

/** Loads each pair once and multiplies it with all taps that meet it. */
function multiplyTaps(
  b: KernelBuilder,
  { shape, count, pairs, row, multiply }: Row,
  taps: readonly {
    readonly kw: number;
    readonly weight: Value;
    readonly op: "i32.dot_i16x2_add" | "i32.mul_low_low_add" | "i32.mul_low_high_add";
  }[],
): void {
  const uses = new Map<number, { readonly p: number; readonly tap: typeof taps[number] }[]>();
  for (const tap of taps) {
    for (let p = 0; p < count; p++) {
      const place = columnPlace(shape, p * shape.strideW + tap.kw);
      uses.set(place, [...uses.get(place) ?? [], { p, tap }]);
    }
  }
  const places = [...uses.keys()].toSorted((a, b) => a - b);
  for (let i = 0; i < places.length;) {
    const isPair = places[i + 1] === places[i] + 1;
    const together = places.slice(i, i + (isPair ? 2 : 1));
    const loaded = together.map((place) => {
      const at = { region: pairs, address: row, offsetBytes: 4 * place, alignmentBytes: 4 };
      return b.let("pair", b.load("i32.load", at));
    });
    together.forEach((place, j) => {
      for (const { p, tap } of uses.get(place)!) multiply(p, tap.op, loaded[j], tap.weight);
    });
    i += together.length;
  }
}
