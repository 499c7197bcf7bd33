import { type ConvWindow, convWindow } from "../nest/conv_window.ts";
import { conv2d, type Conv2dOptions, depthwise } from "../nest/convolution.ts";
import type { Nest } from "../nest/nest.ts";

/**
 * A convolution layer: sizes of its input and kernel.
 *
 * @category Convolution
 */
export interface ConvShape extends Omit<Conv2dOptions, "layout"> {
  /** Whether each channel has a kernel of its own; default false. */
  readonly depthwise?: boolean;
}

/** A shape with everything that follows from it. */
export interface ConvGeometry extends Required<ConvShape> {
  /** The shape in words, as {@link convShapeText} writes it. */
  readonly text: string;
  /** How the kernel moves along rows of the input. */
  readonly y: ConvWindow;
  /** How it moves along columns. */
  readonly x: ConvWindow;
}

/**
 * Fills in defaults and works out the windows.
 *
 * @throws {RangeError} a size is not a positive integer, or the kernel exceeds a valid input.
 * @throws {TypeError} a depthwise convolution has another number of output channels.
 */
export function convGeometry(shape: ConvShape): ConvGeometry {
  const { height, width, kernel, inChannels, outChannels } = shape;
  if (shape.depthwise && inChannels !== outChannels) {
    throw new TypeError(
      `A depthwise convolution keeps its ${inChannels} channels, found ${outChannels} for the output`,
    );
  }
  const filled = {
    ...shape,
    stride: shape.stride ?? 1,
    padding: shape.padding ?? "valid",
    depthwise: shape.depthwise ?? false,
    dtype: shape.dtype ?? "f32",
    zeroPoint: shape.zeroPoint ?? 0,
  };
  return {
    ...filled,
    text: convShapeText(shape),
    y: convWindow({ ...filled, size: height, kernel: kernel[0] }),
    x: convWindow({ ...filled, size: width, kernel: kernel[1] }),
  };
}

/**
 * The shape as people write it, and as the command line reads it: input NHWC, then the kernel's rows
 * and columns and the output's channels.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { convShapeText } from "tinyloom";
 *
 * const shape = { height: 28, width: 28, inChannels: 64, outChannels: 64 };
 * assert.equal(
 *   convShapeText({ ...shape, kernel: [3, 3], stride: 2, padding: "same" }),
 *   "1x28x28x64,3x3x64,s2,same",
 * );
 * ```
 *
 * @category Convolution
 */
export function convShapeText(shape: ConvShape): string {
  const { height, width, inChannels, outChannels, kernel, stride = 1, padding } = shape;
  return [
    `1x${height}x${width}x${inChannels}`,
    `${kernel.join("x")}x${outChannels}`,
    ...(stride === 1 ? [] : [`s${stride}`]),
    ...(padding === "same" ? ["same"] : []),
    ...(shape.depthwise ? ["dw"] : []),
  ].join();
}

/** The plain nest of a layer: what all its variants compute. */
export function plainConv(shape: ConvShape, layout: "nhwc" | "nchw" = "nhwc"): Nest {
  const nest = shape.depthwise
    ? depthwise({ ...shape, channels: shape.inChannels, layout })
    : conv2d({ ...shape, layout });
  return { ...nest, shape: convShapeText(shape) };
}
