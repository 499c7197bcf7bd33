import type { SlidingWindow } from "./sliding_window.ts";

/** Output pixels of a window, all batches. */
export function outputPixels(window: SlidingWindow): number {
  return window.batches * window.outputHeight * window.outputWidth;
}

/** Input pixels of a window, all batches. */
export function inputPixels(window: SlidingWindow): number {
  return window.batches * window.inputHeight * window.inputWidth;
}

/**
 * For every output pixel t, in input pixels: `unread[t]` is a bound below which no pixel t' >= t reads
 * (running minimum of the windows' first pixels), `read[t]` one above which no pixel t' <= t has read
 * (running maximum of the windows' ends). Windows that dilation lets begin before the image are taken
 * as beginning with it, so both may be too careful, never too bold.
 */
export function readExtent(
  window: SlidingWindow,
): { readonly unread: Float64Array; readonly read: Float64Array } {
  const { inputHeight, inputWidth, outputHeight, outputWidth, batches } = window;
  const count = outputPixels(window);
  const unread = new Float64Array(count + 1).fill(Infinity);
  const read = new Float64Array(count);
  const reachH = (window.kernelHeight - 1) * window.dilationH;
  const reachW = (window.kernelWidth - 1) * window.dilationW;
  for (let b = 0, t = 0; b < batches; b++) {
    const image = b * inputHeight * inputWidth;
    for (let y = 0; y < outputHeight; y++) {
      const row = y * window.strideH - window.top;
      const firstRow = Math.max(0, row);
      const lastRow = Math.min(row + reachH, inputHeight - 1);
      for (let x = 0; x < outputWidth; x++, t++) {
        const column = x * window.strideW - window.left;
        const lastColumn = Math.min(column + reachW, inputWidth - 1);
        unread[t] = image + firstRow * inputWidth + Math.max(0, column);
        read[t] = lastRow < 0 || lastColumn < 0 ? 0 : image + lastRow * inputWidth + lastColumn + 1;
      }
    }
  }
  for (let t = count - 1; t >= 0; t--) unread[t] = Math.min(unread[t], unread[t + 1]);
  for (let t = 1; t < count; t++) read[t] = Math.max(read[t], read[t - 1]);
  return { unread, read };
}
