import type { Value } from "../../../kernel/kernel.ts";
import { outputPixels, type SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer } from "../../layer.ts";
import type { IndexRange } from "./index_range.ts";
import type { Area, OpenKernel } from "./open_kernel.ts";
import { insideColumns, isPointwise } from "./window_taps.ts";

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
export interface WindowWalk extends OpenKernel {
  readonly layer: Layer;
  /** The layer's; of pointwise operators one long row. */
  readonly window: SlidingWindow;
  /** Pixels computed together. */
  readonly pixels: number;
  /** Whole blocks of channels. */
  readonly fullBlocks: number;
  /** What threads share. */
  readonly split: Split;
  /** How columns at the border are done. */
  readonly border: Border;
  /** With tiles at the border: whether rows whose windows lie within the image have code of their own. */
  readonly splitsWholeRows: boolean;
  readonly isReverse: boolean;
}

/** Neighbours in a row of the output. */
export interface PixelTile {
  readonly pixels: number;
  /** Where tap (`rows.from`, 0) of the first pixel lies, or would lie. */
  readonly x: Value;
  /** What moves a pointer that was made from `x` on from row to row of taps. */
  readonly mover: (pointer: Value) => () => void;
  /** Bytes from one row of taps to the next, if that is always the same. */
  readonly rowBytes: number | null;
  /** Where the first pixel is stored. */
  readonly y: Value;
  /** Rows of taps on the image. */
  readonly rows: IndexRange;
  /** Taps of a row on the image; null: all of them, for every pixel, or see `firstColumn`. */
  readonly columns: IndexRange | null;
  /** Column of the first pixel of a tile at a fixed border; null: all taps are on the image. */
  readonly firstColumn: number | null;
}

/** How a kernel goes over its output; `tile` is the most it computes together. */
export function prepareWalk(
  layer: Layer,
  { kernel, window: given, tile, channels, ...options }: {
    readonly kernel: OpenKernel;
    readonly window: SlidingWindow;
    readonly tile: RegisterTile;
    readonly channels: number;
    readonly border?: Border;
    /** What threads share; what suits them best if left out. */
    readonly split?: Split;
    readonly splitsWholeRows?: boolean;
  },
): WindowWalk {
  const { step } = layer;
  const { area } = kernel;
  const { border = "counted", split: asked, splitsWholeRows = true } = options;
  const window = walkedWindow(given, area);
  const pixels = Math.min(tile.pixels, mostPixels(layer, area));
  const fullBlocks = Math.floor(channels / (tile.vectors * 4));
  const split = asked ?? splitOf(layer, { window, pixels, fullBlocks, border });
  const isReverse = area === null && step.direction === "reverse";
  return {
    ...kernel,
    layer,
    window,
    pixels,
    fullBlocks,
    split,
    border,
    splitsWholeRows,
    isReverse,
  };
}

/** What threads should share. */
export function splitOf(
  { step, threads }: Layer,
  { window, pixels, fullBlocks, border }: {
    readonly window: SlidingWindow;
    readonly pixels: number;
    readonly fullBlocks: number;
    readonly border: Border;
  },
): Split {
  if (threads === 1 || step.form !== "plain") return "none";
  if (window.batches * window.outputHeight >= threads) return "rows";
  const inside = insideColumns(window);
  const tiles = Math.floor((inside.until - inside.from) / pixels);
  if (border !== "tiles" && tiles >= 2 * threads) return "tiles";
  return fullBlocks >= threads ? "blocks" : "none";
}

/** Pixels of a row that a layer may compute together. */
export function mostPixels({ step }: Layer, area: Pick<Area, "mostColumns"> | null): number {
  return Math.min(step.pixelsAtOnce ?? Infinity, area?.mostColumns ?? Infinity);
}

/** The window as it is walked: a pointwise one over all pixels of all images as one row. */
export function walkedWindow(
  window: SlidingWindow,
  area: Pick<Area, "mostColumns"> | null,
): SlidingWindow {
  if (area !== null || !isPointwise(window)) return window;
  const width = outputPixels(window);
  return {
    ...window,
    batches: 1,
    inputHeight: 1,
    inputWidth: width,
    outputHeight: 1,
    outputWidth: width,
  };
}

/** Remarks for the schedule on what threads share. */
export function splitRemarks({ split, layer }: WindowWalk): readonly string[] {
  return split === "none" ? [] : [`parallel ${split} over ${layer.threads} threads`];
}
