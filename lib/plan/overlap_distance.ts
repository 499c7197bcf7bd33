import { checkOptions } from "../check_arguments.ts";
import { inputPixels, outputPixels, type SlidingWindow } from "./sliding_window.ts";

/**
 * Options of {@link overlapDistance}.
 *
 * @category Planner
 */
export interface OverlapDistanceOptions {
  /**
   * Output pixels, adjacent in row-major order, that are computed together: their windows may be read
   * until the last of their elements is stored. 1 when absent.
   */
  readonly pixels?: number;
}

/**
 * How close the output may come to the input, as `address of output - address of input` in bytes.
 *
 * @category Planner
 */
export interface OverlapDistance {
  /** Loops that run forward are safe at this distance and at every smaller one. */
  readonly forwardBytes: number;
  /** Loops that run backward, channels included, are safe at this distance and every larger one. */
  readonly reverseBytes: number;
}

/**
 * How far the output of an operator may overlap its input when the input is not needed afterwards.
 *
 * Output pixels t = 0 .. n-1 in row-major order, P of them together, `o` bytes a pixel, `e` bytes an
 * element; `L(t)` is the first input byte that pixel t or a later one reads, `U(t)` the end of the
 * last byte that pixel t or an earlier one reads. The last element of a group is stored when nothing
 * of it needs to be read any more, so
 *
 *     forward:  distance <= min over t of  L(t) - min(t + P, n) o + e
 *     reverse:  distance >= max over t of  U(t) - max(t - P + 1, 0) o - e
 *
 * No temporary is needed. Distances at which the two do not overlap at all are always safe, so the
 * result lies between minus the output's and plus the input's size.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { overlapDistance } from "tinyloom";
 *
 * // Pointwise convolution, 4x4 pixels, 8 channels to 8: in place but for the pixel at hand.
 * const pointwise = {
 *   batches: 1, inputHeight: 4, inputWidth: 4, outputHeight: 4, outputWidth: 4,
 *   kernelHeight: 1, kernelWidth: 1, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1,
 *   top: 0, left: 0, inputPixelBytes: 8, outputPixelBytes: 8, outputElementBytes: 1,
 * };
 * assert.deepEqual(overlapDistance(pointwise), { forwardBytes: -7, reverseBytes: 7 });
 * ```
 *
 * @category Planner
 */
export function overlapDistance(
  window: SlidingWindow,
  options: OverlapDistanceOptions = {},
): OverlapDistance {
  checkOptions("overlapDistance", options, "pixels");
  const { pixels = 1 } = options;
  return {
    forwardBytes: forwardDistance(window, pixels),
    reverseBytes: reverseDistance(window, pixels),
  };
}

/** The distance up to which loops that run forward are safe. */
export function forwardDistance(window: SlidingWindow, pixels: number): number {
  const { batches, outputHeight } = window;
  let least = Infinity;
  // What later rows read first bounds all pixels of a row.
  let others = Infinity;
  for (let row = batches * outputHeight - 1; row >= 0; row--) {
    least = Math.min(least, rowForward({ window, row, pixels, others }));
    others = Math.min(others, firstOf(window, row, 0));
  }
  return within(window, least);
}

/** The distance from which on loops that run backward are safe. */
export function reverseDistance(window: SlidingWindow, pixels: number): number {
  const { batches, outputHeight, outputWidth } = window;
  let most = -Infinity;
  // So does what earlier ones have read.
  let others = -Infinity;
  for (let row = 0; row < batches * outputHeight; row++) {
    most = Math.max(most, rowReverse({ window, row, pixels, others }));
    others = Math.max(others, endOf(window, row, outputWidth - 1));
  }
  return within(window, most);
}

/** No further than where the two do not overlap at all. */
function within(window: SlidingWindow, distance: number): number {
  const inputBytes = inputPixels(window) * window.inputPixelBytes;
  const outputBytes = outputPixels(window) * window.outputPixelBytes;
  return Math.max(-outputBytes, Math.min(distance, inputBytes));
}

/** A row of the output. */
interface Row {
  readonly window: SlidingWindow;
  readonly row: number;
  /** Output pixels computed together. */
  readonly pixels: number;
  /** What later rows read first, or what earlier ones have read. */
  readonly others: number;
}

/** The least of a row: all terms are lines between a few bends, so its ends and theirs decide. */
function rowForward(of: Row): number {
  const { window, row, pixels, others } = of;
  const { outputWidth, strideW, left } = window;
  return leastAtTurns(of, forwardAt, [
    left / strideW,
    (others - firstOf(window, row, 0) + Math.max(0, -left) + left) / strideW,
    outputPixels(window) - pixels - row * outputWidth,
  ]);
}

function forwardAt({ window, row, pixels, others }: Row, x: number): number {
  const { inputPixelBytes: i, outputPixelBytes: o, outputElementBytes: e } = window;
  const unread = Math.min(firstOf(window, row, x), others);
  const end = Math.min(row * window.outputWidth + x + pixels, outputPixels(window));
  return unread * i - end * o + e;
}

/** The most of a row, likewise. */
function rowReverse(of: Row): number {
  const { window, row, pixels, others } = of;
  const { outputWidth, inputWidth, strideW, left, kernelWidth, dilationW } = window;
  const reach = (kernelWidth - 1) * dilationW;
  const lineEnd = endOf(window, row, outputWidth - 1);
  const line = lineEnd === 0 ? 0 : Math.floor((lineEnd - 1) / inputWidth) * inputWidth;
  return -leastAtTurns(of, reverseAt, [
    (left - reach) / strideW,
    (inputWidth - 1 + left - reach) / strideW,
    (others - line - 1 + left - reach) / strideW,
    pixels - 1 - row * outputWidth,
  ]);
}

function reverseAt({ window, row, pixels, others }: Row, x: number): number {
  const { inputPixelBytes: i, outputPixelBytes: o, outputElementBytes: e } = window;
  const read = Math.max(endOf(window, row, x), others);
  const start = Math.max(row * window.outputWidth + x - pixels + 1, 0);
  return start * o + e - read * i;
}

/** The least value of a row's columns: those at its ends and on both sides of every bend decide. */
function leastAtTurns(
  row: Row,
  value: (row: Row, column: number) => number,
  bends: readonly number[],
): number {
  const { outputWidth: columns } = row.window;
  let least = Math.min(value(row, 0), value(row, columns - 1));
  for (const at of bends) {
    // Nothing when the bend is infinite.
    const below = Math.floor(at);
    const end = Math.min(below + 2, columns - 2);
    for (let x = Math.max(below - 1, 1); x <= end; x++) least = Math.min(least, value(row, x));
  }
  return least;
}

/**
 * Input pixel below which the window of an output pixel does not read. Windows that dilation lets
 * begin before the image are taken as beginning with it: too careful at times, never too bold.
 */
function firstOf(window: SlidingWindow, outputRow: number, x: number): number {
  const { inputHeight, inputWidth, outputHeight, strideH, strideW, top, left } = window;
  const image = Math.floor(outputRow / outputHeight) * inputHeight;
  const row = Math.max(0, outputRow % outputHeight * strideH - top);
  return (image + row) * inputWidth + Math.max(0, x * strideW - left);
}

/** Input pixel behind the last that the window of an output pixel reads; 0 if it reads none. */
function endOf(window: SlidingWindow, outputRow: number, x: number): number {
  const { inputHeight, inputWidth, outputHeight, strideH, strideW, top, left } = window;
  const { kernelHeight, kernelWidth, dilationH, dilationW } = window;
  const image = Math.floor(outputRow / outputHeight) * inputHeight;
  const below = outputRow % outputHeight * strideH - top + (kernelHeight - 1) * dilationH;
  const behind = x * strideW - left + (kernelWidth - 1) * dilationW;
  if (below < 0 || behind < 0) return 0;
  return (image + Math.min(below, inputHeight - 1)) * inputWidth +
    Math.min(behind, inputWidth - 1) +
    1;
}

/**
 * The same for an element-wise operator, `i` bytes an element in and `o` bytes out, which reads an
 * element (or a vector of them) before it stores the results: distance `t (i - o)` for every t.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { elementwiseDistance } from "tinyloom";
 *
 * const inPlace = elementwiseDistance({ count: 100, inputBytes: 1, outputBytes: 1 });
 * assert.deepEqual(inPlace, { forwardBytes: 0, reverseBytes: 0 });
 * ```
 *
 * @category Planner
 */
export function elementwiseDistance(options: ElementwiseExtent): OverlapDistance {
  checkOptions("elementwiseDistance", options, "count inputBytes outputBytes");
  const { count, inputBytes: i, outputBytes: o } = options;
  if (count <= 1) return { forwardBytes: i * count, reverseBytes: -o * count };
  const ends = [i - o, (count - 1) * (i - o)];
  return { forwardBytes: Math.min(...ends), reverseBytes: Math.max(...ends) };
}

/**
 * What {@link elementwiseDistance} needs to know.
 *
 * @category Planner
 */
export interface ElementwiseExtent {
  /** Elements. */
  readonly count: number;
  /** Bytes of an input element. */
  readonly inputBytes: number;
  /** Bytes of an output element. */
  readonly outputBytes: number;
}
