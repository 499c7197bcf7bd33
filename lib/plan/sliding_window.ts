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
 * Which way an operator's loops run: from the first output element to the last, or backward.
 *
 * @category Planner
 */
export type LoopDirection = "forward" | "reverse";
