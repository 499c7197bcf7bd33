import { defineNest } from "../../nest/define_nest.ts";
import type { NestDtype } from "../../nest/dtype.ts";
import type { Access, Expr, Nest } from "../../nest/nest.ts";
import { affine } from "../../nest/affine.ts";
import type { ConvLayerShape } from "../kernels/convolution/conv_shape.ts";
import { clipsRows } from "../kernels/walk/window_taps.ts";

/** What of a convolution's arithmetic a nest says. */
export interface ConvArithmetic {
  /** Of image and weights. */
  readonly dtype: NestDtype;
  /** Of sums. */
  readonly sumDtype: NestDtype;
  /** Added to every element of the image before it is multiplied: 128 makes int8 unsigned. */
  readonly offset: number;
}

/**
 * The sums of a convolution as a plain nest: rows and columns of the output, channels, taps. The image
 * is one with its padding around it: which of it is really there is left to the walk. Columns of taps
 * and channels are one axis `k` where they follow each other in memory; axes of one point are left out.
 *
 * ```text
 * for (row) for (col) for (o) for (kh) for (k)
 *   O[row][col][o] += I[row + kh][C * col + k] * W[o][kh][k]
 * ```
 */
export function convNest(shape: ConvLayerShape, { dtype, sumDtype, offset }: ConvArithmetic): Nest {
  const { window, channels, filters } = shape;
  const { kernelHeight, kernelWidth, strideH, strideW, dilationH, dilationW } = window;
  const { batches, outputHeight, outputWidth } = window;
  const isMerged = isContiguous(shape);
  const all: Readonly<Record<string, number>> = {
    image: batches,
    row: outputHeight,
    col: outputWidth,
    o: filters,
    kh: kernelHeight,
    ...isMerged ? { k: kernelWidth * channels } : { kw: kernelWidth, c: channels },
  };
  // Rows of taps that may be missing are counted even if there is but one.
  const mayLack = (name: string) => name === "kh" && clipsRows(window);
  const extents = Object.fromEntries(
    Object.entries(all).filter(([name, extent]) => (
      extent > 1 || mayLack(name) || !["image", "row", "kh"].includes(name)
    )),
  );
  const has = (name: string) => name in extents;
  const only = (terms: Readonly<Record<string, number>>) =>
    affine(Object.fromEntries(Object.entries(terms).filter(([name]) => has(name))));
  const lines = has("row") || has("kh");
  const images = has("image");
  const inputRows = (outputHeight - 1) * strideH + (kernelHeight - 1) * dilationH + 1;
  const inputColumns = (outputWidth - 1) * strideW + (kernelWidth - 1) * dilationW + 1;
  const column = { col: strideW * channels };
  const image: Access = {
    tensor: "I",
    index: [
      ...images ? [affine("image")] : [],
      ...lines ? [only({ row: strideH, kh: dilationH })] : [],
      isMerged
        ? affine({ ...column, k: 1 })
        : affine({ ...column, kw: dilationW * channels, c: 1 }),
    ],
  };
  const reductions = ["kh", "kw", "c", "k"].filter(has);
  const spaces = ["image", "row", "col", "o"].filter(has);
  const extentsOf = (names: readonly string[]) => names.map((name) => extents[name]);
  const read = (access: Access): Expr => ({ kind: "read", access });
  const element = read(image);
  const weight = read({ tensor: "W", index: ["o", ...reductions].map((name) => affine(name)) });
  const shifted: Expr = {
    kind: "binary",
    op: "add",
    left: element,
    right: { kind: "constant", value: offset },
  };
  return defineNest({
    name: "conv",
    extents,
    tensors: [
      {
        name: "I",
        dtype,
        shape: [
          ...images ? [batches] : [],
          ...lines ? [inputRows] : [],
          inputColumns * channels,
        ],
        role: "input",
      },
      { name: "W", dtype, shape: [filters, ...extentsOf(reductions)], role: "input" },
      { name: "O", dtype: sumDtype, shape: extentsOf(spaces), role: "output" },
    ],
    body: {
      target: { tensor: "O", index: spaces.map((name) => affine(name)) },
      update: "add",
      start: 0,
      value: {
        kind: "binary",
        op: "mul",
        left: offset === 0 ? element : shifted,
        right: weight,
      },
    },
  });
}

/** Whether the taps of a row and their channels follow each other in memory. */
export function isContiguous({ window: { dilationW, kernelWidth } }: ConvLayerShape): boolean {
  return dilationW === 1 || kernelWidth === 1;
}
