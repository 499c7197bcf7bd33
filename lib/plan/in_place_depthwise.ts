import { checkOptions } from "../check_arguments.ts";
import { type LoopDirection, outputPixels, type SlidingWindow } from "./sliding_window.ts";

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
  const { inputHeight, inputWidth, outputHeight, outputWidth, batches } = window;
  const count = outputPixels(window);
  const rows = lastReaders(isForward, {
    ...{ inputs: inputHeight, outputs: outputHeight, before: window.top },
    ...{ stride: window.strideH, taps: window.kernelHeight, dilation: window.dilationH },
  });
  const columns = lastReaders(isForward, {
    ...{ inputs: inputWidth, outputs: outputWidth, before: window.left },
    ...{ stride: window.strideW, taps: window.kernelWidth, dilation: window.dilationW },
  });
  let delay = 0;
  // An input pixel is read last from the last row that reads its row, by the last column there.
  for (let line = 0, pixel = -shiftPixels; line < batches * inputHeight; line++) {
    const row = rows[line % inputHeight];
    const first = (Math.floor(line / inputHeight) * outputHeight + row) * outputWidth;
    for (let x = 0; x < inputWidth; x++, pixel++) {
      if (row === -1 || columns[x] === -1 || pixel < 0 || pixel >= count) continue;
      const reader = first + columns[x];
      delay = Math.max(delay, isForward ? reader - pixel : pixel - reader);
    }
  }
  return delay;
}

/** For every input along one dimension the output that reads it last, -1 if none does. */
function lastReaders(
  isForward: boolean,
  { inputs, outputs, before, stride, taps, dilation }: {
    readonly inputs: number;
    readonly outputs: number;
    readonly before: number;
    readonly stride: number;
    readonly taps: number;
    readonly dilation: number;
  },
): Int32Array {
  const last = new Int32Array(inputs).fill(-1);
  for (let output = 0; output < outputs; output++) {
    const start = output * stride - before;
    // Windows may be far larger than the image: only taps within it.
    for (let tap = Math.max(0, Math.ceil(-start / dilation)); tap < taps; tap++) {
      const at = start + tap * dilation;
      if (at >= inputs) break;
      if (isForward || last[at] === -1) last[at] = output;
    }
  }
  return last;
}
