import { inputPixels, outputPixels, readExtent, type SlidingWindow } from "./sliding_window.ts";

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
  const { pixels = 1 } = options;
  const { inputPixelBytes: i, outputPixelBytes: o, outputElementBytes: e } = window;
  const { unread, read } = readExtent(window);
  const count = outputPixels(window);
  let forwardBytes = Infinity;
  let reverseBytes = -Infinity;
  for (let t = 0; t < count; t++) {
    const end = Math.min(t + pixels, count);
    const start = Math.max(t - pixels + 1, 0);
    forwardBytes = Math.min(forwardBytes, unread[t] * i - end * o + e);
    reverseBytes = Math.max(reverseBytes, read[t] * i - start * o - e);
  }
  const inputBytes = inputPixels(window) * i;
  const outputBytes = count * o;
  return {
    forwardBytes: Math.min(Math.max(forwardBytes, -outputBytes), inputBytes),
    reverseBytes: Math.max(Math.min(reverseBytes, inputBytes), -outputBytes),
  };
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
export function elementwiseDistance(
  { count, inputBytes: i, outputBytes: o }: ElementwiseExtent,
): OverlapDistance {
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
