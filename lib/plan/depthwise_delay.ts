import type { LoopDirection } from "./loop_direction.ts";
import { outputPixels, readExtent } from "./read_extent.ts";
import type { SlidingWindow } from "./sliding_window.ts";

/** Options of {@link depthwiseDelay}. */
export interface DepthwiseDelayOptions {
  /** Output pixel 0 lies over this input pixel; 0 when absent. */
  readonly shiftPixels?: number;
  /** Direction of the loops over rows and columns; forward when absent. */
  readonly direction?: LoopDirection;
}

/**
 * How many finished output pixels a depthwise convolution in place must hold back, going channel by
 * channel (the outermost loop): pixel t of a channel may be stored over input pixel `t + shift` once
 * no later pixel's window contains that one. The pixels held back lie in a ring of
 * `delay * channels at once * element bytes`.
 *
 * For stride 1 and K x K taps that is p rows and p pixels, p = floor(K / 2): a little less than the
 * p + 1 rows of one channel that TinyEngine reserves (`inplace depthwise`, MCUNet, NeurIPS 2020).
 * For stride 2 it is 0: the output runs away behind the input.
 *
 * Channels do not disturb each other as long as the output is a whole number of pixels away.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { depthwiseDelay } from "tinyloom";
 *
 * const window = {
 *   batches: 1, inputHeight: 10, inputWidth: 10, outputHeight: 10, outputWidth: 10,
 *   kernelHeight: 3, kernelWidth: 3, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1,
 *   top: 1, left: 1, inputPixelBytes: 16, outputPixelBytes: 16, outputElementBytes: 1,
 * };
 * assert.equal(depthwiseDelay(window), 11);
 * ```
 */
export function depthwiseDelay(
  window: SlidingWindow,
  options: DepthwiseDelayOptions = {},
): number {
  const { shiftPixels = 0, direction = "forward" } = options;
  const { unread, read } = readExtent(window);
  const count = outputPixels(window);
  let delay = 0;
  if (direction === "forward") {
    for (let t = 0, next = 0; t < count; t++) {
      while (unread[next] < t + shiftPixels + 1) next++;
      delay = Math.max(delay, next - 1 - t);
    }
  } else {
    for (let t = count - 1, next = count - 1; t >= 0; t--) {
      while (next >= 0 && read[next] > t + shiftPixels) next--;
      delay = Math.max(delay, t - 1 - next);
    }
  }
  return delay;
}
