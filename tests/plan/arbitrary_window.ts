import * as fc from "fast-check";
import type { SlidingWindow } from "tinyloom";

/** Small geometries: all paddings (too large ones as well), strides, dilations, element sizes. */
export function arbitraryWindow(
  { isDepthwise = false }: { readonly isDepthwise?: boolean } = {},
): fc.Arbitrary<SlidingWindow> {
  const extent = (most: number) => fc.integer({ min: 1, max: most });
  return fc.record({
    batches: extent(2),
    inputHeight: extent(6),
    inputWidth: extent(6),
    kernelHeight: extent(4),
    kernelWidth: extent(4),
    strideH: extent(3),
    strideW: extent(3),
    dilationH: extent(2),
    dilationW: extent(2),
    top: fc.integer({ min: 0, max: 3 }),
    left: fc.integer({ min: 0, max: 3 }),
    bottom: fc.integer({ min: 0, max: 3 }),
    right: fc.integer({ min: 0, max: 3 }),
    inputChannels: extent(4),
    outputChannels: extent(4),
    outputElementBytes: fc.constantFrom(1, 2),
    inputElementBytes: fc.constantFrom(1, 2),
  }).map(({ bottom, right, inputChannels, outputChannels, inputElementBytes, ...window }) => {
    const windows = (input: number, reach: number, stride: number) =>
      Math.max(1, Math.floor((input - reach) / stride) + 1);
    const { inputHeight, inputWidth, kernelHeight, kernelWidth, outputElementBytes } = window;
    const channels = isDepthwise ? inputChannels : outputChannels;
    return {
      ...window,
      outputHeight: windows(
        inputHeight + window.top + bottom,
        (kernelHeight - 1) * window.dilationH + 1,
        window.strideH,
      ),
      outputWidth: windows(
        inputWidth + window.left + right,
        (kernelWidth - 1) * window.dilationW + 1,
        window.strideW,
      ),
      inputPixelBytes: inputChannels * (isDepthwise ? outputElementBytes : inputElementBytes),
      outputPixelBytes: channels * outputElementBytes,
    };
  });
}
