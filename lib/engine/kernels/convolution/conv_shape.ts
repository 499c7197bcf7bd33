import type { Activation } from "../../../model/attributes.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer } from "../../layer.ts";
import { layerWindow } from "../walk/open_kernel.ts";

/** What the loops of a convolution need to know; a fully connected layer is one of 1 x 1 taps. */
export interface ConvLayerShape {
  readonly window: SlidingWindow;
  /** Channels of the input. */
  readonly channels: number;
  /** Channels of the output. */
  readonly filters: number;
  /** Products in a sum: taps times channels. */
  readonly depth: number;
  readonly activation: Activation;
}

/** The shape of a CONV_2D or FULLY_CONNECTED with constant weights; null for groups of channels. */
export function convShape(layer: Layer): ConvLayerShape | null {
  const { operator, inputs: [input, weights] } = layer;
  if (operator.op !== "CONV_2D" && operator.op !== "FULLY_CONNECTED") return null;
  if (weights?.tensor.data == null) return null;
  const window = layerWindow(layer);
  if (window === null) return null;
  const channels = window.inputPixelBytes / (dtypeBits(input!.tensor.dtype) / 8);
  const [filters, ...taps] = weights.tensor.shape;
  const depth = taps.reduce((product, extent) => product * extent, 1);
  if (depth !== window.kernelHeight * window.kernelWidth * channels) return null;
  return { window, channels, filters, depth, activation: operator.attributes.activation };
}

/** The shape that one call computes: of a layer in a segment the widest row that is asked for. */
export function callShape({ call }: Layer, shape: ConvLayerShape): ConvLayerShape {
  if (call === null) return shape;
  const { window } = shape;
  const isWhole = call.mostColumns === window.outputWidth;
  const row = { batches: 1, outputHeight: 1, outputWidth: call.mostColumns };
  // A part of a row hardly meets the border.
  return { ...shape, window: { ...window, ...row, left: isWhole ? window.left : 0 } };
}
