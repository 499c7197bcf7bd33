import type { StrideAttributes } from "../model/attributes.ts";
import { accessOf } from "../model/definition_of.ts";
import { dtypeBits } from "../model/dtype.ts";
import type { Model } from "../model/model.ts";
import type { Operator } from "../model/operator.ts";
import { elements } from "../model/shape.ts";
import type { Tensor } from "../model/tensor.ts";
import { windowExtent } from "../model/window.ts";

/**
 * How an operator walks over its input: output pixels in row-major order, each from a window of input
 * pixels. An element-wise operator is the case of windows of one pixel with one element.
 *
 * @category Planner
 */
export interface SlidingWindow {
  /** Images one after the other. */
  readonly batches: number;
  /** Rows of the input. */
  readonly inputHeight: number;
  /** Columns of the input. */
  readonly inputWidth: number;
  /** Rows of the output. */
  readonly outputHeight: number;
  /** Columns of the output. */
  readonly outputWidth: number;
  /** Rows of taps. */
  readonly kernelHeight: number;
  /** Columns of taps. */
  readonly kernelWidth: number;
  /** Rows from one window to the next. */
  readonly strideH: number;
  /** Columns from one window to the next. */
  readonly strideW: number;
  /** Rows from one tap to the next. */
  readonly dilationH: number;
  /** Columns from one tap to the next. */
  readonly dilationW: number;
  /** Rows of padding above the input, folded PAD included. */
  readonly top: number;
  /** Columns of padding left of the input, folded PAD included. */
  readonly left: number;
  /** Bytes of an input pixel: all its channels. */
  readonly inputPixelBytes: number;
  /** Bytes of an output pixel: all its channels. */
  readonly outputPixelBytes: number;
  /** Bytes of one output element. */
  readonly outputElementBytes: number;
}

/**
 * Rows and columns of zeros around an image.
 *
 * @category Planner
 */
export interface ImagePadding {
  /** Rows above. */
  readonly top: number;
  /** Rows below. */
  readonly bottom: number;
  /** Columns on the left. */
  readonly left: number;
  /** Columns on the right. */
  readonly right: number;
}

/** No padding at all. */
const noPadding: ImagePadding = { top: 0, bottom: 0, left: 0, right: 0 };

/** The operators that slide a window with padding over an image. */
export type WindowOperator = Extract<Operator, { readonly attributes: WindowAttributes }>;

/** Of convolutions and pools; a transposed convolution has strides too, but those of its output. */
type WindowAttributes =
  & StrideAttributes
  & ({ readonly dilationH: number } | { readonly filterH: number });

/** Whether an operator slides a window with padding over an image. */
export function isWindowOperator(operator: Operator): operator is WindowOperator {
  const access = accessOf(operator);
  return access.kind === "window" && access.over === "image";
}

/**
 * The window with which an operator reads an image; `folded` is the padding of PAD operators before
 * it that the operator does itself, in which case the input is what PAD reads.
 */
export function imageWindow(
  { tensors }: Model,
  operator: WindowOperator,
  folded: { readonly padding: ImagePadding; readonly input: number } | null,
): SlidingWindow {
  const padding = folded?.padding ?? noPadding;
  const input = tensors[folded?.input ?? operator.inputs[0]];
  const output = tensors[operator.outputs[0]];
  const [batches, inputHeight, inputWidth] = input.shape;
  const [, outputHeight, outputWidth] = output.shape;
  const taps = tapsOf(operator, tensors);
  const { attributes: { strideH, strideW, padding: mode } } = operator;
  const { kernelHeight, kernelWidth, dilationH, dilationW } = taps;
  const rows = windowExtent({
    input: inputHeight + padding.top + padding.bottom,
    filter: kernelHeight,
    stride: strideH,
    dilation: dilationH,
    padding: mode,
  });
  const columns = windowExtent({
    input: inputWidth + padding.left + padding.right,
    filter: kernelWidth,
    stride: strideW,
    dilation: dilationW,
    padding: mode,
  });
  return {
    batches,
    inputHeight,
    inputWidth,
    outputHeight,
    outputWidth,
    ...taps,
    strideH,
    strideW,
    top: padding.top + rows.before,
    left: padding.left + columns.before,
    ...pixelBytes(input, output),
  };
}

function tapsOf(operator: WindowOperator, tensors: readonly Tensor[]) {
  const { attributes } = operator;
  if ("filterH" in attributes) {
    const { filterH, filterW } = attributes;
    return { kernelHeight: filterH, kernelWidth: filterW, dilationH: 1, dilationW: 1 };
  }
  const [, kernelHeight, kernelWidth] = tensors[operator.inputs[1]].shape;
  const { dilationH, dilationW } = attributes;
  return { kernelHeight, kernelWidth, dilationH, dilationW };
}

function pixelBytes(input: Tensor, output: Tensor) {
  const outputElementBytes = dtypeBits(output.dtype) / 8;
  return {
    inputPixelBytes: input.shape[input.shape.length - 1] * dtypeBits(input.dtype) / 8,
    outputPixelBytes: output.shape[output.shape.length - 1] * outputElementBytes,
    outputElementBytes,
  };
}

/**
 * A fully connected layer as a window of one pixel over its batches, an element-wise operator as a
 * window of one element over all elements.
 */
export function rowWindow(input: Tensor, output: Tensor, pixels: number): SlidingWindow {
  const outputBytes = dtypeBits(output.dtype) / 8;
  return {
    batches: 1,
    inputHeight: 1,
    inputWidth: pixels,
    outputHeight: 1,
    outputWidth: pixels,
    kernelHeight: 1,
    kernelWidth: 1,
    strideH: 1,
    strideW: 1,
    dilationH: 1,
    dilationW: 1,
    top: 0,
    left: 0,
    inputPixelBytes: elements(input.shape) / pixels * dtypeBits(input.dtype) / 8,
    outputPixelBytes: elements(output.shape) / pixels * outputBytes,
    outputElementBytes: outputBytes,
  };
}

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

/**
 * Which way an operator's loops run: from the first output element to the last, or backward.
 *
 * @category Planner
 */
export type LoopDirection = "forward" | "reverse";
