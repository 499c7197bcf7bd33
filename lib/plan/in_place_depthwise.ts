import { checkOptions } from "../check_arguments.ts";
import {
  inputPixels,
  type LoopDirection,
  outputPixels,
  type SlidingWindow,
} from "./sliding_window.ts";

/**
 * Options of {@link depthwiseDelay}.
 *
 * @category Planner
 */
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
 *
 * @category Planner
 */
export function depthwiseDelay(
  window: SlidingWindow,
  options: DepthwiseDelayOptions = {},
): number {
  checkOptions("depthwiseDelay", options, "shiftPixels direction");
  const { shiftPixels = 0, direction = "forward" } = options;
  const isForward = direction === "forward";
  const count = outputPixels(window);
  const last = lastReaders(window, isForward);
  let delay = 0;
  for (let pixel = 0; pixel < count; pixel++) {
    const reader = last[pixel + shiftPixels] ?? -1;
    if (reader === -1) continue;
    delay = Math.max(delay, isForward ? reader - pixel : pixel - reader);
  }
  return delay;
}

/** For every input pixel the output pixel that reads it last, -1 if none does. */
function lastReaders(window: SlidingWindow, isForward: boolean): Int32Array {
  const { inputHeight, inputWidth, outputHeight, outputWidth, batches } = window;
  const { dilationH, dilationW } = window;
  // Windows may be far larger than the image: only taps within it.
  const firstTap = (start: number, dilation: number) => Math.max(0, Math.ceil(-start / dilation));
  const last = new Int32Array(inputPixels(window)).fill(-1);
  for (let b = 0, pixel = 0; b < batches; b++) {
    for (let y = 0; y < outputHeight; y++) {
      for (let x = 0; x < outputWidth; x++, pixel++) {
        const top = y * window.strideH - window.top;
        const left = x * window.strideW - window.left;
        for (let i = firstTap(top, dilationH); i < window.kernelHeight; i++) {
          const row = top + i * dilationH;
          if (row >= inputHeight) break;
          const line = (b * inputHeight + row) * inputWidth;
          for (let j = firstTap(left, dilationW); j < window.kernelWidth; j++) {
            const column = left + j * dilationW;
            if (column >= inputWidth) break;
            if (isForward || last[line + column] === -1) last[line + column] = pixel;
          }
        }
      }
    }
  }
  return last;
}
