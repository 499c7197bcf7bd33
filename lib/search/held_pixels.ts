import { windowExtent } from "../model/window.ts";
import { depthwiseDelay } from "../plan/depthwise_delay.ts";

/**
 * Pixels that a depthwise convolution in place holds back: the least of the two directions, as the
 * planner finds it. Few shapes occur in a space and each takes K² steps a pixel: found ones are kept.
 */
export function heldPixels(): (size: number, kernel: number, stride: number) => number {
  const known = new Map<string, number>();
  return (size, kernel, stride) => {
    const key = `${size} ${kernel} ${stride}`;
    const found = known.get(key) ?? leastDelay(size, kernel, stride);
    known.set(key, found);
    return found;
  };
}

function leastDelay(size: number, kernel: number, stride: number): number {
  const { output, before } = windowExtent({ input: size, filter: kernel, stride, padding: "SAME" });
  const window = {
    batches: 1,
    inputHeight: size,
    inputWidth: size,
    outputHeight: output,
    outputWidth: output,
    kernelHeight: kernel,
    kernelWidth: kernel,
    strideH: stride,
    strideW: stride,
    dilationH: 1,
    dilationW: 1,
    top: before,
    left: before,
    inputPixelBytes: 1,
    outputPixelBytes: 1,
    outputElementBytes: 1,
  };
  const shiftPixels = size * size - output * output;
  return Math.min(
    depthwiseDelay(window),
    depthwiseDelay(window, { shiftPixels, direction: "reverse" }),
  );
}
