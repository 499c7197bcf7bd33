import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul, type Operand, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { IndexRange } from "./index_range.ts";
import { forColumnTiles } from "./window_columns.ts";
import { forWindowRows, type WindowRow, type WindowRows } from "./window_rows.ts";
import { clipsRows } from "./window_taps.ts";

/** Adjacent output pixels of a row, computed together. */
export interface RowTile {
  readonly count: number;
  /**
   * The input columns `[from, until)` that lie in the image, counted from the first pixel's first tap;
   * none where both are 0.
   */
  readonly columns: { readonly from: number; readonly until: number };
  /** The rows of taps that fall on the image; null: all. */
  readonly rows: IndexRange | null;
  /** Pointer to input column `columns.from` in the first of these rows. */
  readonly x: Value;
  /** What moves a pointer that was made from `x` on from row to row of taps. */
  readonly mover: (pointer: Value) => () => void;
  /** Bytes from one row of taps to the next, if that is always the same. */
  readonly rowBytes: number | null;
  /** Where all rows of taps lie: distances in bytes from the first. */
  readonly rowDistances: readonly Operand[];
  /** Pointer to the first pixel of the output. */
  readonly y: Value;
}

/** What is walked, and how. */
export interface Walk extends WindowRows {
  /** Pixels computed together, at most. */
  readonly pixels: number;
  /** Whether rows all of whose taps fall on the image get code of their own. */
  readonly splitsWholeRows: boolean;
}

/** All output pixels in the order of their addresses, or the reverse. */
export function walkRowTiles(b: KernelBuilder, walk: Walk, body: (tile: RowTile) => void): void {
  const { window, splitsWholeRows } = walk;
  forWindowRows(b, walk, (row) => {
    const { taps } = row;
    const whole = () => emitRow(b, walk, { row, rows: null, body });
    if (!clipsRows(window)) return whole();
    const clipped = () => emitRow(b, walk, { row, rows: taps, body });
    if (!splitsWholeRows) return clipped();
    const isWhole = apply("i32.eq", [sub(taps.until, taps.from), window.kernelHeight]);
    b.if(isWhole, whole, clipped);
  });
}

function emitRow(
  b: KernelBuilder,
  { window, pixels, isReverse, splitsWholeRows }: Walk,
  { row: { x, y, step, columns }, rows, body }: {
    readonly row: WindowRow;
    readonly rows: IndexRange | null;
    readonly body: (tile: RowTile) => void;
  },
): void {
  const { strideW, inputPixelBytes, outputPixelBytes } = window;
  const rowDistances = rows === null && splitsWholeRows ? distancesOf(b, window, { x, step }) : [];
  forColumnTiles(b, { window, pixels, isReverse, columns }, ({ column, count, firstColumn }) => {
    const inImage = firstColumn === null
      ? { from: 0, until: spanOf(window, count) }
      : columnsInImage(window, firstColumn, count);
    const leftmost = sub(mul(column, strideW), window.left - inImage.from);
    const hasColumns = inImage.from < inImage.until;
    body({
      count,
      rows,
      columns: inImage,
      x: hasColumns ? b.let("x", add(x, mul(leftmost, inputPixelBytes))) : x,
      mover: (pointer) => step.mover(pointer, x),
      rowBytes: step.bytes,
      rowDistances,
      y: b.let("y", add(y, mul(column, outputPixelBytes))),
    });
  });
}

function distancesOf(
  b: KernelBuilder,
  { kernelHeight }: SlidingWindow,
  { x, step }: Pick<WindowRow, "x" | "step">,
): readonly Operand[] {
  const { bytes } = step;
  if (bytes !== null) return Array.from({ length: kernelHeight }, (_, kh) => kh * bytes);
  const distances: Operand[] = [0];
  let line = x;
  for (let kh = 1; kh < kernelHeight; kh++) {
    line = b.let("x_line", step.next(line));
    distances.push(b.let("distance", sub(line, x)));
  }
  return distances;
}

function spanOf({ strideW, kernelWidth, dilationW }: SlidingWindow, count: number): number {
  return (count - 1) * strideW + (kernelWidth - 1) * dilationW + 1;
}

/** Input columns in the image of the tile of `count` pixels from column `from` of the output on. */
export function columnsInImage(
  window: SlidingWindow,
  from: number,
  count: number,
): RowTile["columns"] {
  const leftmost = from * window.strideW - window.left;
  const columns = {
    from: Math.max(0, -leftmost),
    until: Math.min(spanOf(window, count), window.inputWidth - leftmost),
  };
  return columns.from < columns.until ? columns : { from: 0, until: 0 };
}
