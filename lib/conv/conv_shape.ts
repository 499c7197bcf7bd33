import type { Model } from "../model/model.ts";
import type { Operator } from "../model/operator.ts";
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
  const { height, width, inChannels, outChannels, kernel, stride, padding, zeroPoint } = shape;
  const image = { height, width, kernel, stride, padding, zeroPoint, dtype: shape.dtype, layout };
  const nest = shape.depthwise
    ? depthwise({ ...image, channels: inChannels })
    : conv2d({ ...image, inChannels, outChannels });
  return { ...nest, shape: convShapeText(shape) };
}

/**
 * A layer shape and where it was found.
 *
 * @category Convolution
 */
export interface FoundShape {
  /** The shape, in float32 and without a zero point. */
  readonly shape: ConvShape;
  /** Names of the models that have it. */
  readonly models: readonly string[];
  /** Layers of that shape in all of them. */
  readonly layers: number;
}

/**
 * The different shapes of the convolutions of models, in the order in which they first occur.
 * Convolutions in groups, with dilation, with unequal strides or with a depth multiplier are left
 * out: they have no nest.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { convShapes, convShapeText, zoo } from "tinyloom";
 *
 * const shapes = convShapes([zoo("mlperf-tiny-kws")]);
 * assert.deepEqual(shapes.map(({ shape }) => convShapeText(shape)), [
 *   "1x49x10x1,10x4x64,s2,same",
 *   "1x25x5x64,3x3x64,same,dw",
 *   "1x25x5x64,1x1x64,same",
 * ]);
 * assert.equal(shapes[1].layers, 4);
 * ```
 *
 * @category Convolution
 */
export function convShapes(models: readonly Model[]): readonly FoundShape[] {
  const found = new Map<string, { shape: ConvShape; models: Set<string>; layers: number }>();
  for (const model of models) {
    for (const operator of model.operators) {
      const shape = shapeOf(operator, model);
      if (!shape) continue;
      const text = convShapeText(shape);
      const entry = found.get(text) ?? { shape, models: new Set(), layers: 0 };
      entry.models.add(model.name);
      entry.layers++;
      found.set(text, entry);
    }
  }
  return [...found.values()].map((each) => ({ ...each, models: [...each.models] }));
}

function shapeOf(operator: Operator, { tensors }: Model): ConvShape | null {
  if (operator.op !== "CONV_2D" && operator.op !== "DEPTHWISE_CONV_2D") return null;
  const { padding, strideH, strideW, dilationH, dilationW } = operator.attributes;
  const [, height, width, inChannels] = tensors[operator.inputs[0]].shape;
  const filter = tensors[operator.inputs[1]].shape;
  const depthwise = operator.op === "DEPTHWISE_CONV_2D";
  const outChannels = depthwise ? filter[3] : filter[0];
  const whole = depthwise ? outChannels === inChannels : filter[3] === inChannels;
  if (!whole || strideH !== strideW || dilationH * dilationW !== 1) return null;
  return {
    height,
    width,
    inChannels,
    outChannels,
    kernel: [filter[1], filter[2]],
    stride: strideH,
    padding: padding === "SAME" ? "same" : "valid",
    depthwise,
  };
}

const form = /^1x(\d+)x(\d+)x(\d+),(\d+)x(\d+)x(\d+)((?:,[a-z]\w*)*)$/;

/**
 * Reads a layer as {@link convShapeText} writes it: `1x28x28x64,3x3x64`, then `s2` for a stride,
 * `same` or `valid`, and `dw` for a depthwise layer, in any order.
 *
 * @throws {RangeError} the text is no such shape; whether the sizes fit each other is not checked.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseConvShape } from "tinyloom";
 *
 * const shape = parseConvShape("1x28x28x64,3x3x64,s2,same");
 * assert.equal(shape.stride, 2);
 * assert.equal(shape.padding, "same");
 * ```
 *
 * @category Convolution
 */
export function parseConvShape(text: string): ConvShape {
  const match = form.exec(text);
  if (!match) {
    throw new RangeError(
      `A layer is written as 1x28x28x64,3x3x64[,s2][,same|valid][,dw], found "${text}"`,
    );
  }
  const [height, width, inChannels, rows, columns, outChannels] = match.slice(1, 7).map(Number);
  let [stride, padding, depthwise]: [number, "valid" | "same", boolean] = [1, "valid", false];
  for (const word of match[7].split(",").slice(1)) {
    if (/^s[1-9]\d*$/.test(word)) stride = Number(word.slice(1));
    else if (word === "same" || word === "valid") padding = word;
    else if (word === "dw") depthwise = true;
    else {throw new RangeError(
        `A layer may have s2, same, valid or dw, found "${word}" in "${text}"`,
      );}
  }
  return {
    height,
    width,
    inChannels,
    outChannels,
    kernel: [rows, columns],
    stride,
    padding,
    depthwise,
  };
}
