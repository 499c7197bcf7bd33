import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, max, min, mul, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import { forRange, type IndexRange, rangeOf, share } from "./index_range.ts";
import {
  borderColumns,
  type ColumnTile,
  forColumnTiles,
  insideTiles,
  isWholeRow,
} from "./window_columns.ts";
import { forWindowRows, type WindowRow } from "./window_rows.ts";
import { clipsRows, insideColumns, tapFrom, tapUntil } from "./window_taps.ts";
import type { PixelTile, WindowWalk } from "./window_walk.ts";

/**
 * Goes over images, rows and columns: tiles of pixels inside, and the border. With tiles there, rows
 * whose windows lie within the image have code of their own, in which all taps are known.
 */
export function walkWindow(walk: WindowWalk, emitTile: (tile: PixelTile) => void): void {
  const { b, layer, window, area, isReverse, split, thread } = walk;
  const count = window.batches * window.outputHeight;
  const lines = split === "rows" ? share(thread, count, layer.threads) : rangeOf(0, count);
  forWindowRows(b, { layer, window, area, lines, isReverse }, (row) => {
    const emitRow = (taps: IndexRange) => walkRow(walk, { ...row, taps }, emitTile);
    const splits = walk.border === "tiles" && walk.splitsWholeRows && clipsRows(window);
    if (!splits) return emitRow(row.taps);
    const { kernelHeight } = window;
    const isWhole = apply("i32.eq", [sub(row.taps.until, row.taps.from), kernelHeight]);
    b.if(isWhole, () => emitRow(rangeOf(0, kernelHeight)), () => emitRow(row.taps));
  });
}

/** Goes over the blocks of channels of one tile; `emit` makes a block of whole vectors or the last. */
export function walkBlocks<Block>(
  walk: WindowWalk,
  blocks: readonly Block[],
  emit: (block: Block, index: Value | number) => void,
): void {
  const { b, fullBlocks, split, isReverse, thread, layer: { threads } } = walk;
  const sharesBlocks = split === "blocks";
  const range = sharesBlocks ? share(thread, fullBlocks, threads) : rangeOf(0, fullBlocks);
  const emitFull = () => {
    if (fullBlocks === 0) return;
    forRange(b, { name: "block", range, isReverse }, (index) => emit(blocks[0], index));
  };
  const emitLast = () => {
    if (blocks.length === fullBlocks) return;
    lastOf(walk, sharesBlocks, () => emit(blocks[fullBlocks], fullBlocks));
  };
  for (const part of isReverse ? [emitLast, emitFull] : [emitFull, emitLast]) part();
}

function walkRow(
  walk: WindowWalk,
  { x, y, taps, columns, step }: WindowRow,
  emitTile: (tile: PixelTile) => void,
): void {
  const { b, window, pixels, isReverse } = walk;
  const { strideW, left, inputPixelBytes, outputPixelBytes } = window;
  const emit = (
    { column, count, firstColumn }: ColumnTile,
    columns: IndexRange | null = null,
  ) => {
    const from = sub(mul(column, strideW * inputPixelBytes), left * inputPixelBytes);
    emitTile({
      pixels: count,
      x: b.let("x", add(x, from)),
      mover: (pointer) => step.mover(pointer, x),
      rowBytes: step.bytes,
      y: b.let("y", add(y, mul(column, outputPixelBytes))),
      rows: taps,
      columns,
      firstColumn,
    });
  };
  if (walk.border === "tiles") {
    return forColumnTiles(b, { window, pixels, isReverse, columns }, emit);
  }
  const inside = insideColumns(window);
  const isWhole = isWholeRow(window, columns);
  const single = (from: number, until: number) =>
    borderColumns(b, { from, until, columns: isWhole ? null : columns, isReverse }, (tile) => {
      emit(tile, pixelTaps(window, tile.firstColumn!));
    });
  const counted = (from: number, until: number) => () => {
    if (until <= from) return;
    const range = within(b, columns, { from, until });
    forRange(b, { name: "column", range, isReverse }, (column) => {
      emit({ column, count: 1, firstColumn: null }, countedTaps(b, window, column));
    });
  };
  const border = walk.border === "pixels" ? single : counted;
  const middle = isWhole
    ? wholeMiddle(walk, inside, emit)
    : insideTiles(b, { inside, columns, pixels, isReverse }, emit);
  const parts = [border(0, inside.from), middle, border(inside.until, window.outputWidth)];
  for (const part of isReverse ? parts.toReversed() : parts) part();
}

/** Tiles of all columns whose windows lie within the image, and what is left of them as a smaller one. */
function wholeMiddle(
  walk: WindowWalk,
  inside: { readonly from: number; readonly until: number },
  emit: (tile: ColumnTile) => void,
): () => void {
  const { b, pixels, isReverse, split, thread, layer: { threads } } = walk;
  const count = inside.until - inside.from;
  const tiles = Math.floor(count / pixels);
  const rest = count % pixels;
  const sharesTiles = split === "tiles";
  const range = sharesTiles ? share(thread, tiles, threads) : rangeOf(0, tiles);
  const tileAt = (index: Value | number, count: number) => {
    const column = b.let("column", add(inside.from, mul(index, pixels)));
    emit({ column, count, firstColumn: null });
  };
  const parts = [
    () => forRange(b, { name: "tile", range, isReverse }, (tile) => tileAt(tile, pixels)),
    () => {
      if (rest > 0) lastOf(walk, sharesTiles, () => tileAt(tiles, rest));
    },
  ];
  return () => {
    for (const part of isReverse ? parts.toReversed() : parts) part();
  };
}

/** Taps of a row on the image, of a pixel that is known. */
function pixelTaps(window: SlidingWindow, column: number): IndexRange {
  const { strideW, left, dilationW, inputWidth, kernelWidth } = window;
  const begin = column * strideW - left;
  const from = Math.max(0, Math.ceil(-begin / dilationW));
  return rangeOf(from, Math.min(kernelWidth, Math.ceil((inputWidth - begin) / dilationW)));
}

/** What remains behind the shares of all threads is the last one's. */
function lastOf(walk: WindowWalk, isShared: boolean, body: () => void): void {
  if (!isShared) return body();
  walk.b.if(apply("i32.eq", [walk.thread, walk.layer.threads - 1]), body);
}

/** Taps of a row on the image, counted when the pixel comes. */
function countedTaps(b: KernelBuilder, window: SlidingWindow, column: Value): IndexRange {
  const { strideW, left, dilationW, inputWidth, kernelWidth } = window;
  const leftmost = b.let("left", sub(mul(column, strideW), left));
  const reach = { extent: inputWidth, dilation: dilationW, taps: kernelWidth };
  // A window that lies beside the image altogether has taps from none to none.
  const from = b.let("kw_from", min(kernelWidth, b.let("kw_first", tapFrom(leftmost, dilationW))));
  const until = b.let("kw_until", max(from, b.let("kw_end", tapUntil(leftmost, reach))));
  return { from, until };
}

/** Those columns of a range that are asked for. */
function within(
  b: KernelBuilder,
  columns: IndexRange,
  { from, until }: { readonly from: number; readonly until: number },
): IndexRange {
  if (columns.from.kind === "constant" && columns.until.kind === "constant") {
    return { from: max(columns.from, from), until: min(columns.until, until) };
  }
  return {
    from: b.let("begin", max(columns.from, from)),
    until: b.let("end", min(columns.until, until)),
  };
}
