import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, max, min, mul, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import { forRange, type IndexRange, rangeOf } from "./index_range.ts";
import { insideColumns } from "./window_taps.ts";

/** Neighbours in a row of the output. */
export interface ColumnTile {
  /** The first one's column. */
  readonly column: Value;
  readonly count: number;
  /** The same as a number, where some of their windows may reach beyond the image; else null. */
  readonly firstColumn: number | null;
}

/** How the columns of a row are cut into tiles. */
export interface ColumnTiles {
  readonly window: SlidingWindow;
  /** Most columns of a tile. */
  readonly pixels: number;
  readonly isReverse: boolean;
  /** Columns to go over: numbers, or known when the kernel runs. */
  readonly columns: IndexRange;
}

/**
 * Goes over columns in tiles. Columns at which windows reach beyond the image get code of their own, so
 * that nothing is asked for the others.
 */
export function forColumnTiles(
  b: KernelBuilder,
  tiles: ColumnTiles,
  body: (tile: ColumnTile) => void,
): void {
  const { window, columns } = tiles;
  const isWhole = isWholeRow(window, columns);
  const parts = isWhole ? wholeRow(b, tiles, body) : partOfRow(b, tiles, body);
  for (const part of tiles.isReverse ? parts.toReversed() : parts) part();
}

/** Whether columns are those of a whole row, as far as it is known when the code is made. */
export function isWholeRow(
  { outputWidth }: SlidingWindow,
  { from, until }: IndexRange,
): boolean {
  return from.kind === "constant" && from.value === 0 && until.kind === "constant" &&
    until.value === outputWidth;
}

/** The tiles of a whole row from column 0 on: those of them that are alike share one loop. */
function wholeRow(
  b: KernelBuilder,
  { window, pixels, isReverse }: ColumnTiles,
  body: (tile: ColumnTile) => void,
): readonly (() => void)[] {
  const { outputWidth: width } = window;
  const inside = insideColumns(window);
  const first = Math.min(width, Math.ceil(inside.from / pixels) * pixels);
  const tiles = Math.floor(Math.max(0, inside.until - first) / pixels);
  const singles = (from: number, until: number) => () => {
    const columns: number[] = [];
    for (let column = from; column < until; column += pixels) columns.push(column);
    for (const column of isReverse ? columns.toReversed() : columns) {
      const count = Math.min(pixels, until - column);
      const isInside = column >= inside.from && column + count <= inside.until;
      body({ column: constant(column), count, firstColumn: isInside ? null : column });
    }
  };
  const middle = () =>
    forRange(b, { name: "tile", range: rangeOf(0, tiles), isReverse }, (tile) => {
      const column = b.let("column", add(first, mul(tile, pixels)));
      body({ column, count: pixels, firstColumn: null });
    });
  return [singles(0, first), middle, singles(first + tiles * pixels, width)];
}

/** Some columns: those at the border are asked for one by one. */
function partOfRow(
  b: KernelBuilder,
  { window, pixels, isReverse, columns }: ColumnTiles,
  body: (tile: ColumnTile) => void,
): readonly (() => void)[] {
  const inside = insideColumns(window);
  const border = (from: number, until: number) =>
    borderColumns(b, { from, until, columns, isReverse }, body);
  return [
    border(0, inside.from),
    insideTiles(b, { inside, columns, pixels, isReverse }, body),
    border(inside.until, window.outputWidth),
  ];
}

/** Code for each of some columns, if it is among `columns`; null: all are. */
export function borderColumns(
  b: KernelBuilder,
  { from, until, columns, isReverse }: {
    readonly from: number;
    readonly until: number;
    readonly columns: IndexRange | null;
    readonly isReverse: boolean;
  },
  body: (tile: ColumnTile) => void,
): () => void {
  return () => {
    const all = Array.from({ length: Math.max(0, until - from) }, (_, i) => from + i);
    for (const column of isReverse ? all.toReversed() : all) {
      const emit = () => body({ column: constant(column), count: 1, firstColumn: column });
      if (columns === null) emit();
      else {
        const width = sub(columns.until, columns.from);
        b.if(apply("i32.lt_u", [sub(column, columns.from), width]), emit);
      }
    }
  };
}

/** Tiles of columns whose windows lie within the image, as many as are asked for. */
export function insideTiles(
  b: KernelBuilder,
  { inside, columns, pixels, isReverse }: {
    readonly inside: { readonly from: number; readonly until: number };
    readonly columns: IndexRange;
    readonly pixels: number;
    readonly isReverse: boolean;
  },
  body: (tile: ColumnTile) => void,
): () => void {
  return () => {
    if (inside.until <= inside.from) return;
    const begin = b.let("begin", max(columns.from, inside.from));
    const end = b.let("end", min(columns.until, inside.until));
    const single = (column: Value) => body({ column, count: 1, firstColumn: null });
    if (pixels === 1) {
      return forRange(b, { name: "column", range: rangeOf(begin, end), isReverse }, single);
    }
    const count = b.let("count", max(0, b.let("width", sub(end, begin))));
    const rest = apply("i32.rem_u", [count, pixels]);
    const middle = b.let("middle", sub(add(begin, count), rest));
    const tiles = { from: constant(0), until: apply("i32.div_u", [count, pixels]) };
    const parts = [
      () =>
        forRange(b, { name: "tile", range: tiles, isReverse }, (tile) => {
          const column = b.let("column", add(begin, mul(tile, pixels)));
          body({ column, count: pixels, firstColumn: null });
        }),
      () => forRange(b, { name: "column", range: rangeOf(middle, end), isReverse }, single),
    ];
    for (const part of isReverse ? parts.toReversed() : parts) part();
  };
}
