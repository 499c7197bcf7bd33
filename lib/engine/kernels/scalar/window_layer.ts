import type { Region, Value } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer, PlacedTensor } from "../../layer.ts";
import { layerWindow } from "../walk/open_kernel.ts";

/** Extents and strides of an operator that slides a window over an image; bytes where it says so. */
export interface WindowNumbers {
  readonly input: Value;
  /** Where results go: the output, or the sums that stand in for it. */
  readonly output: Value;
  readonly batches: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly top: number;
  readonly left: number;
  readonly imageBytes: number;
  readonly lineBytes: number;
  readonly pixelBytes: number;
  readonly outputLineBytes: number;
  readonly outputPixelBytes: number;
  /** Groups of channels that do not mix; input channels and filters of each. */
  readonly groups: number;
  readonly depth: number;
  readonly filters: number;
}

/** How channels are grouped. */
export type Grouping = Pick<WindowNumbers, "groups" | "depth" | "filters">;

/** A layer with a window: what it reads, what it writes. */
export interface WindowLayer {
  readonly window: SlidingWindow;
  readonly input: PlacedTensor;
  readonly output: PlacedTensor;
}

/** The window of a layer; null if it has none. */
export function windowLayer(layer: Layer): WindowLayer | null {
  const { inputs: [input], outputs: [output] } = layer;
  const window = layerWindow(layer);
  return window === null || input === null ? null : { window, input, output };
}

/** Its numbers, when results of `elementBytes` each are stored to `target`. */
export function windowNumbers(
  { window, input }: WindowLayer,
  grouping: Grouping,
  { target, elementBytes }: { readonly target: Region; readonly elementBytes: number },
): WindowNumbers {
  const { inputPixelBytes, outputPixelBytes: _, outputElementBytes: __, ...extents } = window;
  const lineBytes = window.inputWidth * inputPixelBytes;
  const outputPixelBytes = grouping.groups * grouping.filters * elementBytes;
  return {
    ...extents,
    ...grouping,
    input: start(input.region),
    output: start(target),
    imageBytes: window.inputHeight * lineBytes,
    lineBytes,
    pixelBytes: inputPixelBytes,
    outputLineBytes: window.outputWidth * outputPixelBytes,
    outputPixelBytes,
  };
}
