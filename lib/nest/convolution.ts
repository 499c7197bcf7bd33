import { checkOptions } from "../check_arguments.ts";
import { convWindow, type WindowOptions } from "./conv_window.ts";
import { defineNest } from "./define_nest.ts";
import type { Access, Nest } from "./nest.ts";
import { affine } from "./affine.ts";

/**
 * Element types of a convolution: all float32, or int8 operands with int32 sums.
 *
 * @category Loop nests
 */
export interface ConvolutionDtype {
  /** `f32` (the default) or `i8`. */
  readonly dtype?: "f32" | "i8";
}

/**
 * A convolution along one dimension.
 *
 * @category Loop nests
 */
export interface Conv1dOptions extends ConvolutionDtype {
  /** Columns of the input. */
  readonly width: number;
  /** Channels of the input. */
  readonly inChannels: number;
  /** Channels of the output, the number of kernels. */
  readonly outChannels: number;
  /** Elements of the kernel along the input. */
  readonly kernel: number;
  /** Elements of the input from one output to the next; default 1. */
  readonly stride?: number;
  /** `valid` (the default): the kernel stays inside the input; `same`: zeros around it, ceil(input / stride) outputs. */
  readonly padding?: "valid" | "same";
}

/**
 * A convolution over an image.
 *
 * @category Loop nests
 */
export interface Conv2dOptions extends ConvolutionDtype {
  /** Rows of the input. */
  readonly height: number;
  /** Columns of the input. */
  readonly width: number;
  /** Channels of the input. */
  readonly inChannels: number;
  /** Channels of the output, the number of kernels. */
  readonly outChannels: number;
  /** Rows and columns of the kernel. */
  readonly kernel: readonly [number, number];
  /** Elements of the input from one output to the next; default 1. */
  readonly stride?: number;
  /** `valid` (the default): the kernel stays inside the input; `same`: zeros around it, ceil(input / stride) outputs. */
  readonly padding?: "valid" | "same";
  /** What the input reads as outside, as the zero point of quantized values does; default 0. */
  readonly zeroPoint?: number;
  /** `nhwc` (the default): the channels of a pixel together; `nchw`: the pixels of a channel. */
  readonly layout?: "nhwc" | "nchw";
}

/**
 * A depthwise convolution: each channel has a kernel of its own.
 *
 * @category Loop nests
 */
export interface DepthwiseOptions extends Omit<Conv2dOptions, "inChannels" | "outChannels"> {
  /** Channels of the input and of the output. */
  readonly channels: number;
}

/**
 * One-dimensional convolution: `O[x][o] += I[x * stride + kx - pad][c] * W[o][kx][c]`,
 * loops x, o, kx, c. I is `width x inChannels`, W is `outChannels x kernel x inChannels`.
 *
 * @throws {RangeError} a size is not a positive integer, or the kernel is wider than a valid input.
 *
 * @example
 * ```ts
 * import { conv1d, pseudocode } from "tinyloom";
 * pseudocode(conv1d({ width: 16, inChannels: 4, outChannels: 8, kernel: 3, padding: "same" }));
 * ```
 *
 * @category Loop nests
 */
export function conv1d(options: Conv1dOptions): Nest {
  checkOptions("conv1d", options, "width inChannels outChannels kernel stride padding dtype");
  const { width, inChannels, outChannels, kernel, dtype = "f32" } = options;
  const x = outputOf(width, kernel, options);
  return defineNest({
    name: "conv1d",
    extents: { x: x.extent, o: outChannels, kx: kernel, c: inChannels },
    tensors: [
      { name: "I", dtype, shape: [width, inChannels], role: "input" },
      { name: "W", dtype, shape: [outChannels, kernel, inChannels], role: "input" },
      { name: "O", dtype: sumType(dtype), shape: [x.extent, outChannels], role: "output" },
    ],
    body: products(
      { tensor: "O", index: [affine("x"), affine("o")] },
      { tensor: "I", index: [x.index("x", "kx"), affine("c")], ...x.outside },
      { tensor: "W", index: [affine("o"), affine("kx"), affine("c")] },
    ),
  });
}

/**
 * Two-dimensional convolution, NHWC with weights OHWI: loops y, x, o, ky, kx, c.
 * I is `height x width x inChannels`, W is `outChannels x kernel x kernel x inChannels`,
 * O is `outHeight x outWidth x outChannels`. In NCHW, with weights OIHW, the loops are o, y, x, c, ky, kx.
 *
 * @throws {RangeError} a size is not a positive integer, or the kernel exceeds a valid input.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { conv2d, count } from "tinyloom";
 *
 * const shape = { height: 8, width: 8, inChannels: 3, outChannels: 4, kernel: [3, 3] } as const;
 * assert.equal(count(conv2d({ ...shape, padding: "same" })).macs, 8 * 8 * 4 * 3 * 3 * 3);
 * ```
 *
 * @category Loop nests
 */
export function conv2d(options: Conv2dOptions): Nest {
  checkOptions("conv2d", options, imageNames, "inChannels outChannels");
  const { height, width, inChannels, outChannels, kernel, dtype = "f32" } = options;
  const y = outputOf(height, kernel[0], options);
  const x = outputOf(width, kernel[1], options);
  const order = layoutOf(options);
  return defineNest({
    name: "conv2d",
    extents: Object.fromEntries([
      ...order<Extent>([["y", y.extent], ["x", x.extent]], [["o", outChannels]]),
      ...order<Extent>([["ky", kernel[0]], ["kx", kernel[1]]], [["c", inChannels]]),
    ]),
    tensors: [
      { name: "I", dtype, shape: order([height, width], [inChannels]), role: "input" },
      { name: "W", dtype, shape: [outChannels, ...order(kernel, [inChannels])], role: "input" },
      {
        name: "O",
        dtype: sumType(dtype),
        shape: order([y.extent, x.extent], [outChannels]),
        role: "output",
      },
    ],
    body: products(
      { tensor: "O", index: order([affine("y"), affine("x")], [affine("o")]) },
      {
        tensor: "I",
        index: order([y.index("y", "ky"), x.index("x", "kx")], [affine("c")]),
        ...y.outside,
      },
      { tensor: "W", index: [affine("o"), ...order([affine("ky"), affine("kx")], [affine("c")])] },
    ),
  });
}

/**
 * Depthwise convolution, NHWC with weights HWC: loops y, x, c, ky, kx.
 * I is `height x width x channels`, W is `kernel x kernel x channels`. In NCHW, with weights CHW, the
 * loops are c, y, x, ky, kx.
 *
 * @throws {RangeError} a size is not a positive integer, or the kernel exceeds a valid input.
 *
 * @example
 * ```ts
 * import { depthwise, pseudocode } from "tinyloom";
 *
 * pseudocode(depthwise({ height: 8, width: 8, channels: 16, kernel: [3, 3], stride: 2 }));
 * ```
 *
 * @category Loop nests
 */
export function depthwise(options: DepthwiseOptions): Nest {
  checkOptions("depthwise", options, imageNames, "channels");
  const { height, width, channels, kernel, dtype = "f32" } = options;
  const y = outputOf(height, kernel[0], options);
  const x = outputOf(width, kernel[1], options);
  const order = layoutOf(options);
  return defineNest({
    name: "depthwise",
    extents: Object.fromEntries([
      ...order<Extent>([["y", y.extent], ["x", x.extent]], [["c", channels]]),
      ["ky", kernel[0]],
      ["kx", kernel[1]],
    ]),
    tensors: [
      { name: "I", dtype, shape: order([height, width], [channels]), role: "input" },
      { name: "W", dtype, shape: order(kernel, [channels]), role: "input" },
      {
        name: "O",
        dtype: sumType(dtype),
        shape: order([y.extent, x.extent], [channels]),
        role: "output",
      },
    ],
    body: products(
      { tensor: "O", index: order([affine("y"), affine("x")], [affine("c")]) },
      {
        tensor: "I",
        index: order([y.index("y", "ky"), x.index("x", "kx")], [affine("c")]),
        ...y.outside,
      },
      { tensor: "W", index: order([affine("ky"), affine("kx")], [affine("c")]) },
    ),
  });
}

const imageNames = "height width kernel stride padding zeroPoint layout dtype";
type Extent = readonly [axis: string, extent: number];

// Dimension of a window as an axis of its output and an index of its input.
function outputOf(size: number, kernel: number, options: WindowOptions & { zeroPoint?: number }) {
  const { extent, before, stride } = convWindow({ ...options, size, kernel });
  return {
    extent,
    index: (at: string, within: string) => affine({ [at]: stride, [within]: 1 }, 0 - before),
    outside: options.padding === "same" ? { outside: options.zeroPoint ?? 0 } : {},
  };
}

// What belongs to pixels and what belongs to channels, in the order of the layout.
function layoutOf({ layout = "nhwc" }: Pick<Conv2dOptions, "layout">) {
  if (layout !== "nhwc" && layout !== "nchw") {
    throw new TypeError(`layout must be "nhwc" or "nchw", found ${layout}`);
  }
  return <T>(pixel: readonly T[], channel: readonly T[]): T[] =>
    layout === "nhwc" ? [...pixel, ...channel] : [...channel, ...pixel];
}

function sumType(dtype: "f32" | "i8"): "f32" | "i32" {
  if (dtype !== "f32" && dtype !== "i8") {
    throw new TypeError(`The dtype of a convolution must be "f32" or "i8", found ${dtype}`);
  }
  return dtype === "f32" ? "f32" : "i32";
}

function products(target: Access, left: Access, right: Access): Nest["body"] {
  return {
    target,
    update: "add",
    value: {
      kind: "binary",
      op: "mul",
      left: { kind: "read", access: left },
      right: { kind: "read", access: right },
    },
  };
}
