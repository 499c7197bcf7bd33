import type { Value } from "../../codegen/kernel/kernel.ts";
import { type KernelBuilder, start } from "../../codegen/kernel/kernel_builder.ts";
import { add, apply, mul, sub } from "../../codegen/kernel/values.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import type { Layer } from "../layer.ts";
import { forRange, type IndexRange, rangeOf, share } from "./index_range.ts";
import { clipsRows, insideColumns, isPointwise, tapFrom, tapUntil } from "./window_taps.ts";

/** What threads share: nothing, rows (of all images), tiles of one row, or blocks of channels. */
export type Split = "none" | "rows" | "tiles" | "blocks";

/**
 * Columns whose windows reach beyond the image: pixel by pixel with taps that are `counted` when it
 * comes to them, code for each of these `pixels`, or code for `tiles` of them.
 */
export type Border = "counted" | "pixels" | "tiles";

/** How large a block of sums is held in registers. */
export interface RegisterTile {
  /** Pixels computed together. */
  readonly pixels: number;
  /** Vectors of four channels computed together. */
  readonly vectors: number;
}

/** How an operator with windows goes over its output, in the order of the output's elements. */
export interface WindowWalk {
  readonly layer: Layer;
  readonly window: SlidingWindow;
  /** Pixels computed together. */
  readonly pixels: number;
  /** Whole blocks of channels. */
  readonly fullBlocks: number;
  /** What threads share. */
  readonly split: Split;
  /** How columns at the border are done. */
  readonly border: Border;
  readonly isReverse: boolean;
  /** Number of the thread that runs the code. */
  readonly thread: Value;
}

/** Neighbours in a row of the output. */
export interface PixelTile {
  readonly pixels: number;
  /** Where tap (0, 0) of the first pixel lies, or would lie. */
  readonly x: Value;
  /** Where the first pixel is stored. */
  readonly y: Value;
  /** Rows of taps on the image. */
  readonly rows: IndexRange;
  /** Taps of a row on the image; null: all of them, for every pixel, or see `firstColumn`. */
  readonly columns: IndexRange | null;
  /** Column of the first pixel of a tile at a fixed border; null: all taps are on the image. */
  readonly firstColumn: number | null;
}

/** Images, rows and columns as the loops see them: pointwise operators have one long row. */
interface Extent {
  readonly batches: number;
  readonly height: number;
  readonly width: number;
  /** Columns whose windows lie within the image. */
  readonly inside: { readonly from: number; readonly until: number };
}

/** How a kernel goes over its output; `tile` is the most it computes together. */
export function prepareWalk(
  layer: Layer,
  { window, tile, channels, thread, border = "counted" }: {
    readonly window: SlidingWindow;
    readonly tile: RegisterTile;
    readonly channels: number;
    readonly thread: Value;
    readonly border?: Border;
  },
): WindowWalk {
  const { step, threads } = layer;
  const pixels = Math.min(tile.pixels, step.pixelsAtOnce ?? tile.pixels);
  const fullBlocks = Math.floor(channels / (tile.vectors * 4));
  const { batches, height, inside } = extentOf(window);
  const rows = batches === 1 ? height : batches;
  const split = threads === 1 || step.form !== "plain"
    ? "none"
    : rows >= threads
    ? "rows"
    : border !== "tiles" && Math.floor((inside.until - inside.from) / pixels) >= 2 * threads
    ? "tiles"
    : fullBlocks >= threads
    ? "blocks"
    : "none";
  const isReverse = step.direction === "reverse";
  return { layer, window, pixels, fullBlocks, split, border, isReverse, thread };
}

/** Remarks for the schedule on what threads share. */
export function splitRemarks({ split, layer }: WindowWalk): readonly string[] {
  return split === "none" ? [] : [`parallel ${split} over ${layer.threads} threads`];
}

/**
 * Goes over images, rows and columns: tiles of pixels inside, and the border. With tiles there, rows
 * whose windows lie within the image have code of their own, in which all taps are known.
 */
export function walkWindow(
  b: KernelBuilder,
  walk: WindowWalk,
  emitTile: (tile: PixelTile) => void,
): void {
  const { layer: { inputs: [input], outputs: [output], threads }, window, isReverse } = walk;
  const { batches, height, width } = extentOf(window);
  const lineBytes = window.inputWidth * window.inputPixelBytes;
  const imageBytes = window.inputHeight * lineBytes;
  const sharesRows = walk.split === "rows";
  const images = sharesRows && batches > 1
    ? share(walk.thread, batches, threads)
    : rangeOf(0, batches);
  const lines = sharesRows && batches === 1
    ? share(walk.thread, height, threads)
    : rangeOf(0, height);
  forRange(b, { name: "image", range: images, isReverse }, (image) => {
    forRange(b, { name: "row", range: lines, isReverse }, (row) => {
      const top = b.let("top", sub(mul(row, window.strideH), window.top));
      const from = add(mul(image, imageBytes), mul(top, lineBytes));
      const line = add(mul(image, height), row);
      const x = b.let("x_line", add(start(input!.region), from));
      const place = add(start(output.region), mul(line, width * window.outputPixelBytes));
      const y = b.let("y_line", place);
      const rows = rowTaps(b, window, top);
      const emitRow = (taps: IndexRange) => walkRow(b, walk, { x, y, rows: taps, emitTile });
      if (walk.border !== "tiles" || !clipsRows(window)) return emitRow(rows);
      const { kernelHeight } = window;
      const isWhole = apply("i32.eq", [sub(rows.until, rows.from), kernelHeight]);
      b.if(isWhole, () => emitRow(rangeOf(0, kernelHeight)), () => emitRow(rows));
    });
  });
}

/** Goes over the blocks of channels of one tile; `emit` makes a block of whole vectors or the last. */
export function walkBlocks<Block>(
  b: KernelBuilder,
  walk: WindowWalk,
  blocks: readonly Block[],
  emit: (block: Block, index: Value | number) => void,
): void {
  const { fullBlocks, split, isReverse, thread, layer: { threads } } = walk;
  const sharesBlocks = split === "blocks";
  const range = sharesBlocks ? share(thread, fullBlocks, threads) : rangeOf(0, fullBlocks);
  const emitFull = () => {
    if (fullBlocks === 0) return;
    forRange(b, { name: "block", range, isReverse }, (index) => emit(blocks[0], index));
  };
  const emitLast = () => {
    if (blocks.length === fullBlocks) return;
    lastOf(b, walk, sharesBlocks, () => emit(blocks[fullBlocks], fullBlocks));
  };
  for (const part of isReverse ? [emitLast, emitFull] : [emitFull, emitLast]) part();
}

function walkRow(
  b: KernelBuilder,
  walk: WindowWalk,
  { x, y, rows, emitTile }: {
    readonly x: Value;
    readonly y: Value;
    readonly rows: IndexRange;
    readonly emitTile: (tile: PixelTile) => void;
  },
): void {
  const { window, pixels, isReverse, thread, layer: { threads } } = walk;
  const { strideW, left, dilationW, inputWidth, kernelWidth } = window;
  const { inputPixelBytes, outputPixelBytes } = window;
  const { inside, width } = extentOf(window);
  const hasTiles = walk.border === "tiles";
  const first = hasTiles ? Math.min(width, Math.ceil(inside.from / pixels) * pixels) : inside.from;
  const counted = (from: number, until: number) => () => {
    if (until <= from) return;
    forRange(b, { name: "column", range: rangeOf(from, until), isReverse }, (column) => {
      const leftmost = b.let("left", sub(mul(column, strideW), left));
      const reach = { extent: inputWidth, dilation: dilationW, taps: kernelWidth };
      const columns = {
        from: b.let("kw_from", tapFrom(leftmost, dilationW)),
        until: b.let("kw_until", tapUntil(leftmost, reach)),
      };
      emitTile({
        pixels: 1,
        x: b.let("x", add(x, mul(leftmost, inputPixelBytes))),
        y: b.let("y", add(y, mul(column, outputPixelBytes))),
        rows,
        columns,
        firstColumn: null,
      });
    });
  };
  const tileAt = (index: Value | number, count: number) => {
    const column = b.let("column", add(first, mul(index, pixels)));
    const from = sub(mul(column, strideW * inputPixelBytes), left * inputPixelBytes);
    emitTile({
      pixels: count,
      x: b.let("x", add(x, from)),
      y: b.let("y", add(y, mul(column, outputPixelBytes))),
      rows,
      columns: null,
      firstColumn: null,
    });
  };
  const fixed = (from: number, until: number, size: number) => () => {
    const columns: number[] = [];
    for (let column = from; column < until; column += size) columns.push(column);
    for (const column of isReverse ? columns.toReversed() : columns) {
      const count = Math.min(size, until - column);
      const isInside = column >= inside.from && column + count <= inside.until;
      emitTile({
        pixels: count,
        x: add(x, (column * strideW - left) * inputPixelBytes),
        y: add(y, column * outputPixelBytes),
        rows,
        columns: size === 1 ? pixelTaps(window, column) : null,
        firstColumn: isInside ? null : column,
      });
    }
  };
  const border = (from: number, until: number) =>
    walk.border === "pixels" ? fixed(from, until, 1) : counted(from, until);
  const count = Math.max(0, inside.until - first);
  const tiles = Math.floor(count / pixels);
  const rest = count % pixels;
  const sharesTiles = walk.split === "tiles";
  const range = sharesTiles ? share(thread, tiles, threads) : rangeOf(0, tiles);
  const middle = () => forRange(b, { name: "tile", range, isReverse }, (t) => tileAt(t, pixels));
  const remainder = () => {
    if (rest > 0) lastOf(b, walk, sharesTiles, () => tileAt(tiles, rest));
  };
  const parts = hasTiles
    ? [fixed(0, first, pixels), middle, fixed(first + tiles * pixels, width, pixels)]
    : [border(0, first), middle, remainder, border(inside.until, width)];
  for (const part of isReverse ? parts.toReversed() : parts) part();
}

/** Taps of a row on the image, of a pixel at the border. */
function pixelTaps(window: SlidingWindow, column: number): IndexRange {
  const { strideW, left, dilationW, inputWidth, kernelWidth } = window;
  const begin = column * strideW - left;
  const from = Math.max(0, Math.ceil(-begin / dilationW));
  return rangeOf(from, Math.min(kernelWidth, Math.ceil((inputWidth - begin) / dilationW)));
}

/** What remains behind the shares of all threads is the last one's. */
function lastOf(b: KernelBuilder, walk: WindowWalk, isShared: boolean, body: () => void): void {
  if (!isShared) return body();
  b.if(apply("i32.eq", [walk.thread, walk.layer.threads - 1]), body);
}

function rowTaps(b: KernelBuilder, window: SlidingWindow, top: Value): IndexRange {
  const { dilationH, inputHeight, kernelHeight } = window;
  if (!clipsRows(window)) return rangeOf(0, kernelHeight);
  const reach = { extent: inputHeight, dilation: dilationH, taps: kernelHeight };
  return {
    from: b.let("kh_from", tapFrom(top, dilationH)),
    until: b.let("kh_until", tapUntil(top, reach)),
  };
}

function extentOf(window: SlidingWindow): Extent {
  const { batches, outputHeight, outputWidth } = window;
  if (!isPointwise(window)) {
    return { batches, height: outputHeight, width: outputWidth, inside: insideColumns(window) };
  }
  const width = batches * outputHeight * outputWidth;
  return { batches: 1, height: 1, width, inside: { from: 0, until: width } };
}
