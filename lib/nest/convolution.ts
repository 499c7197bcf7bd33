import { affine } from "./affine.ts";
import { defineNest } from "./define_nest.ts";
import type { Access, Nest } from "./nest.ts";

/** Element types of a convolution: all float32, or int8 operands with int32 sums. */
export interface ConvolutionDType {
  /** `f32` (the default) or `i8`. */
  readonly dtype?: "f32" | "i8";
}

/** A convolution along one dimension. */
export interface Conv1dOptions extends ConvolutionDType {
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

/** A convolution over an image. */
export interface Conv2dOptions extends ConvolutionDType {
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
}

/** A depthwise convolution: each channel has a kernel of its own. */
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
 *
 * pseudocode(conv1d({ width: 16, inChannels: 4, outChannels: 8, kernel: 3, padding: "same" }));
 * ```
 */
export function conv1d(options: Conv1dOptions): Nest {
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
 * O is `outHeight x outWidth x outChannels`.
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
 */
export function conv2d(options: Conv2dOptions): Nest {
  const { height, width, inChannels, outChannels, kernel, dtype = "f32" } = options;
  const y = outputOf(height, kernel[0], options);
  const x = outputOf(width, kernel[1], options);
  return defineNest({
    name: "conv2d",
    extents: {
      y: y.extent,
      x: x.extent,
      o: outChannels,
      ky: kernel[0],
      kx: kernel[1],
      c: inChannels,
    },
    tensors: [
      { name: "I", dtype, shape: [height, width, inChannels], role: "input" },
      { name: "W", dtype, shape: [outChannels, ...kernel, inChannels], role: "input" },
      {
        name: "O",
        dtype: sumType(dtype),
        shape: [y.extent, x.extent, outChannels],
        role: "output",
      },
    ],
    body: products(
      { tensor: "O", index: [affine("y"), affine("x"), affine("o")] },
      {
        tensor: "I",
        index: [y.index("y", "ky"), x.index("x", "kx"), affine("c")],
        ...y.outside,
      },
      { tensor: "W", index: [affine("o"), affine("ky"), affine("kx"), affine("c")] },
    ),
  });
}

/**
 * Depthwise convolution, NHWC with weights HWC: loops y, x, c, ky, kx.
 * I is `height x width x channels`, W is `kernel x kernel x channels`.
 *
 * @throws {RangeError} a size is not a positive integer, or the kernel exceeds a valid input.
 *
 * @example
 * ```ts
 * import { depthwise, pseudocode } from "tinyloom";
 *
 * pseudocode(depthwise({ height: 8, width: 8, channels: 16, kernel: [3, 3], stride: 2 }));
 * ```
 */
export function depthwise(options: DepthwiseOptions): Nest {
  const { height, width, channels, kernel, dtype = "f32" } = options;
  const y = outputOf(height, kernel[0], options);
  const x = outputOf(width, kernel[1], options);
  return defineNest({
    name: "depthwise",
    extents: { y: y.extent, x: x.extent, c: channels, ky: kernel[0], kx: kernel[1] },
    tensors: [
      { name: "I", dtype, shape: [height, width, channels], role: "input" },
      { name: "W", dtype, shape: [...kernel, channels], role: "input" },
      { name: "O", dtype: sumType(dtype), shape: [y.extent, x.extent, channels], role: "output" },
    ],
    body: products(
      { tensor: "O", index: [affine("y"), affine("x"), affine("c")] },
      {
        tensor: "I",
        index: [y.index("y", "ky"), x.index("x", "kx"), affine("c")],
        ...y.outside,
      },
      { tensor: "W", index: [affine("ky"), affine("kx"), affine("c")] },
    ),
  });
}

// Output extent and input index along one dimension, with TensorFlow's rule for "same": the output
// has ceil(in / stride) elements and the odd element of padding goes to the end.
function outputOf(
  size: number,
  kernel: number,
  { stride = 1, padding = "valid" }: {
    readonly stride?: number;
    readonly padding?: "valid" | "same";
  },
) {
  if (!Number.isInteger(stride) || stride < 1) {
    throw new RangeError(`A stride must be a positive integer, found ${stride}`);
  }
  if (padding !== "valid" && padding !== "same") {
    throw new TypeError(`padding must be "valid" or "same", found ${padding}`);
  }
  if (padding === "valid" && kernel > size) {
    throw new RangeError(`A kernel of ${kernel} does not fit a valid input of ${size}`);
  }
  const extent = padding === "same"
    ? Math.ceil(size / stride)
    : Math.floor((size - kernel) / stride) + 1;
  const missing = padding === "same" ? Math.max(0, (extent - 1) * stride + kernel - size) : 0;
  return {
    extent,
    index: (at: string, within: string) =>
      affine({ [at]: stride, [within]: 1 }, 0 - Math.floor(missing / 2)),
    outside: padding === "same" ? { outside: 0 } : {},
  };
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
