import type { Region, Value } from "../../codegen/kernel/kernel.ts";
import { type KernelBuilder, start } from "../../codegen/kernel/kernel_builder.ts";
import { add, apply, max, min, mul, sub } from "../../codegen/kernel/values.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import { forRange, type IndexRange, rangeOf } from "./index_range.ts";
import { clipsRows, insideColumns, tapFrom, tapUntil } from "./window_taps.ts";

/** Adjacent output pixels of a row, computed together. */
export interface PixelTile {
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
  /** Pointer to the first pixel of the output. */
  readonly y: Value;
}

/** What is walked, and how. */
export interface Walk {
  readonly window: SlidingWindow;
  readonly input: Region;
  readonly output: Region;
  /** Pixels computed together, at most. */
  readonly pixels: number;
  readonly isReverse: boolean;
  /** Rows of the output to do, all images counted through. */
  readonly lines: IndexRange;
  /** Whether rows all of whose taps fall on the image get code of their own. */
  readonly splitsWholeRows: boolean;
}

/**
 * All output pixels in the order of their addresses, or the reverse. The columns at which windows reach
 * beyond the image get code of their own, so that nothing is asked for the others.
 */
export function walkWindow(b: KernelBuilder, walk: Walk, body: (tile: PixelTile) => void): void {
  const { window, input, output, isReverse, lines, splitsWholeRows } = walk;
  const { batches, outputHeight, inputPixelBytes, kernelHeight, dilationH } = window;
  const lineBytes = window.inputWidth * inputPixelBytes;
  const imageBytes = window.inputHeight * lineBytes;
  const outputLineBytes = window.outputWidth * window.outputPixelBytes;
  forRange(b, { name: "line", range: lines, isReverse }, (line) => {
    const image = batches === 1 ? 0 : b.let("image", apply("i32.div_u", [line, outputHeight]));
    const row = sub(line, mul(image, outputHeight));
    const top = b.let("top", sub(mul(row, window.strideH), window.top));
    const y = b.let("y_line", add(start(output), mul(line, outputLineBytes)));
    const xOf = (tap: Value | number) => {
      const at = add(top, mul(tap, dilationH));
      return b.let("x_line", add(start(input), add(mul(image, imageBytes), mul(at, lineBytes))));
    };
    if (!clipsRows(window)) return emitRow(b, walk, { x: xOf(0), y, rows: null, body });
    const from = b.let("kh_from", min(kernelHeight, tapFrom(top, dilationH)));
    const extent = window.inputHeight;
    const end = tapUntil(top, { extent, dilation: dilationH, taps: kernelHeight });
    const rows = { from, until: b.let("kh_until", max(from, b.let("kh_end", end))) };
    const x = xOf(from);
    const clipped = () => emitRow(b, walk, { x, y, rows, body });
    if (!splitsWholeRows) return clipped();
    const isWhole = apply("i32.eq", [sub(rows.until, from), kernelHeight]);
    b.if(isWhole, () => emitRow(b, walk, { x, y, rows: null, body }), clipped);
  });
}

/** Columns of the output in the order of their code: single tiles, and tiles in a loop. */
export function columnParts(
  window: SlidingWindow,
  pixels: number,
): readonly { readonly from: number; readonly count: number; readonly tiles: number }[] {
  const width = window.outputWidth;
  const inside = insideColumns(window);
  const left = Math.min(width, Math.ceil(inside.from / pixels) * pixels);
  const right = Math.max(left, inside.until);
  const tiles = Math.floor((right - left) / pixels);
  const single = (from: number, until: number) =>
    Array.from({ length: Math.ceil((until - from) / pixels) }, (_, i) => ({
      from: from + i * pixels,
      count: Math.min(pixels, until - from - i * pixels),
      tiles: 1,
    }));
  return [
    ...single(0, left),
    ...tiles > 0 ? [{ from: left, count: pixels, tiles }] : [],
    ...single(left + tiles * pixels, width),
  ];
}

function emitRow(
  b: KernelBuilder,
  { window, pixels, isReverse }: Walk,
  { x, y, rows, body }: {
    readonly x: Value;
    readonly y: Value;
    readonly rows: IndexRange | null;
    readonly body: (tile: PixelTile) => void;
  },
): void {
  const { strideW, inputPixelBytes, outputPixelBytes } = window;
  const parts = columnParts(window, pixels);
  for (const { from, count, tiles } of isReverse ? parts.toReversed() : parts) {
    const columns = columnsInImage(window, from, count);
    const firstX = (from * strideW - window.left + columns.from) * inputPixelBytes;
    forRange(b, { name: "tile", range: rangeOf(0, tiles), isReverse }, (tile) => {
      const xStep = mul(tile, count * strideW * inputPixelBytes);
      const yStep = mul(tile, count * outputPixelBytes);
      const hasColumns = columns.from < columns.until;
      body({
        count,
        rows,
        columns,
        x: hasColumns ? b.let("x", add(x, add(firstX, xStep))) : x,
        y: b.let("y", add(y, add(from * outputPixelBytes, yStep))),
      });
    });
  }
}

/** Input columns in the image of the tile of `count` pixels from column `from` of the output on. */
function columnsInImage(
  { left, strideW, inputWidth, kernelWidth, dilationW }: SlidingWindow,
  from: number,
  count: number,
): PixelTile["columns"] {
  const leftmost = from * strideW - left;
  const span = (count - 1) * strideW + (kernelWidth - 1) * dilationW + 1;
  const columns = { from: Math.max(0, -leftmost), until: Math.min(span, inputWidth - leftmost) };
  return columns.from < columns.until ? columns : { from: 0, until: 0 };
}
