import { defineNest } from "../nest/define_nest.ts";
import type { NestDtype } from "../nest/dtype.ts";
import { affine } from "../nest/affine.ts";
import type { Nest } from "../nest/nest.ts";
import type { Pipeline, PipelineBuffer } from "../nest/pipeline.ts";
import { accumulate } from "../schedule/accumulate.ts";
import { reorder } from "../schedule/reorder.ts";
import { tile } from "../schedule/tile.ts";
import { unroll } from "../schedule/unroll.ts";
import { vectorize } from "../schedule/vectorize.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { convOperandDtype, convSumDtype, layerPipeline } from "./implicit_gemm.ts";
import { type InputSource, paddedInput } from "./padded_input.ts";
import { buildStage, read, streamed, sumOfProducts } from "./stages.ts";

/**
 * Depthwise convolution in NHWC: vectors run along channels, a few pixels share the weights they
 * load, and the padding is around a copy of the input, so that no tap has to be asked for.
 */
export function depthwiseChannels(g: ConvGeometry): Pipeline {
  const dtype = convOperandDtype(g);
  const source = paddedInput(g, { dtype });
  const [kh, kw] = g.kernel;
  const c = g.inChannels;
  const widened = widenedWeights(g, dtype);
  const nest = defineNest({
    name: "depthwise",
    extents: { y: g.y.extent, x: g.x.extent, c, ky: kh, kx: kw },
    tensors: [
      { name: source.name, dtype, shape: [source.height, source.width * c], role: "input" },
      { name: widened.name, dtype, shape: [kh, kw, c], role: "input" },
      { name: "O", dtype: convSumDtype(g), shape: [g.y.extent, g.x.extent, c], role: "output" },
    ],
    body: sumOfProducts(
      { tensor: "O", index: [affine("y"), affine("x"), affine("c")] },
      read(source.name, [
        affine({ y: g.stride, ky: 1 }),
        affine({ x: g.stride * c, kx: c, c: 1 }),
      ]),
      read(widened.name, [affine("ky"), affine("kx"), affine("c")]),
    ),
  });
  return layerPipeline(g, {
    name: "depthwise along channels",
    scratch: [...source.buffers, ...widened.buffers],
    nodes: [
      ...widened.nodes,
      ...source.nodes,
      buildStage("sum the taps", scheduleTaps(nest, { pixels: "x", vectors: "c", rows: "ky" })),
    ],
  });
}

// Weights in the type of the input that they are multiplied with.
function widenedWeights(g: ConvGeometry, dtype: NestDtype) {
  const shape = [...g.kernel, g.inChannels];
  if (dtype === g.dtype) return { name: "W", buffers: [], nodes: [] };
  const elements = shape.reduce((product, size) => product * size, 1);
  const nest = defineNest({
    name: "widen",
    extents: { e: elements },
    tensors: [
      { name: "W", dtype: g.dtype, shape: [elements], role: "input" },
      { name: "U", dtype, shape: [elements], role: "output" },
    ],
    body: {
      target: { tensor: "U", index: [affine("e")] },
      update: "set",
      value: read("W", [affine("e")]),
    },
  });
  return {
    name: "U",
    buffers: [{ name: "U", dtype, shape, role: "scratch" as const }],
    nodes: [buildStage("widen the weights", streamed(nest, "e"))],
  };
}

/**
 * Int8 depthwise convolution with rows in pairs: each row of the padded input is interleaved with
 * the one below it, so that one instruction multiplies two rows of the kernel with two of the input
 * and adds them. The kernel is filled up with a row of zeros where it has an odd number of them.
 */
export function depthwisePairs(g: ConvGeometry): Pipeline {
  const [kh, kw] = g.kernel;
  const c = g.inChannels;
  const pairs = Math.ceil(kh / 2);
  // With an even stride only every other row starts a pair.
  const step = g.stride % 2 === 0 ? 2 : 1;
  const lastRow = (g.y.extent - 1) * g.stride + 2 * (pairs - 1);
  const source = paddedInput(g, { height: lastRow + 2 });
  const rows = lastRow / step + 1;
  const columns = source.width * c;
  const interleaved: PipelineBuffer = {
    name: "Q",
    dtype: "i16",
    shape: [rows, columns, 2],
    role: "scratch",
  };
  const weights: PipelineBuffer = {
    name: "U",
    dtype: "i16",
    shape: [pairs, kw, c, 2],
    role: "scratch",
  };
  const nest = defineNest({
    name: "depthwise",
    extents: { y: g.y.extent, x: g.x.extent, c, kr: pairs, kx: kw, kp: 2 },
    tensors: [
      { name: "Q", dtype: "i16", shape: interleaved.shape, role: "input" },
      { name: "U", dtype: "i16", shape: weights.shape, role: "input" },
      { name: "O", dtype: "i32", shape: [g.y.extent, g.x.extent, c], role: "output" },
    ],
    body: sumOfProducts(
      { tensor: "O", index: [affine("y"), affine("x"), affine("c")] },
      read("Q", [
        affine({ y: g.stride / step, kr: 2 / step }),
        affine({ x: g.stride * c, kx: c, c: 1 }),
        affine("kp"),
      ]),
      read("U", [affine("kr"), affine("kx"), affine("c"), affine("kp")]),
    ),
  });
  const axes = { pixels: "x", vectors: "c", rows: "kr", pair: "kp" };
  return layerPipeline(g, {
    name: "depthwise, rows in pairs",
    scratch: [...source.buffers, interleaved, weights],
    nodes: [
      buildStage("interleave rows of the kernel", kernelPairs(g, weights)),
      ...source.nodes,
      buildStage("interleave rows of the input", rowPairs(source, interleaved, step)),
      buildStage("sum the taps", scheduleTaps(nest, axes)),
    ],
  });
}

// Q[r][e] = P[step r][e], P[step r + 1][e]
function rowPairs(source: InputSource, interleaved: PipelineBuffer, step: number): Nest {
  const [rows, columns] = interleaved.shape;
  const nest = defineNest({
    name: "pairs",
    extents: { r: rows, e: columns, p: 2 },
    tensors: [
      { name: source.name, dtype: source.dtype, shape: [source.height, columns], role: "input" },
      { name: "Q", dtype: "i16", shape: interleaved.shape, role: "output" },
    ],
    body: {
      target: { tensor: "Q", index: [affine("r"), affine("e"), affine("p")] },
      update: "set",
      value: read(source.name, [affine({ r: step, p: 1 }), affine("e")]),
    },
  });
  return vectorize(nest, "e", { dot: "p" });
}

function kernelPairs(g: ConvGeometry, weights: PipelineBuffer): Nest {
  const [pairs, kw, c] = weights.shape;
  return defineNest({
    name: "pairs",
    extents: { r: pairs, e: kw * c, p: 2 },
    tensors: [
      { name: "W", dtype: g.dtype, shape: [g.kernel[0], kw * c], role: "input" },
      { name: "U", dtype: "i16", shape: [pairs, kw * c, 2], role: "output" },
    ],
    body: {
      target: { tensor: "U", index: [affine("r"), affine("e"), affine("p")] },
      update: "set",
      value: {
        kind: "read",
        access: { tensor: "W", index: [affine({ r: 2, p: 1 }), affine("e")], outside: 0 },
      },
    },
  });
}

const pixelsAtOnce = 6;
const mostTaps = 25;
const lanes = 4;

/** The parts that the axes of a depthwise nest play. */
export interface TapAxes {
  /** The axis of which a few values share the weights that are loaded. */
  readonly pixels: string;
  /** The axis along which vectors run. */
  readonly vectors: string;
  /** Rows of the kernel, or pairs of them. */
  readonly rows: string;
  /** The two rows of a pair, which one instruction multiplies and adds. */
  readonly pair?: string;
}

/**
 * The schedule of a depthwise nest: a block of pixels by one vector stays in registers; all taps are
 * unrolled, so that what neighbouring pixels share is loaded once.
 */
export function scheduleTaps(plain: Nest, { pixels, vectors, rows, pair }: TapAxes): Nest {
  const extentOf = (name: string) => plain.axes.find((axis) => axis.name === name)!.extent;
  const names: Record<string, string> = { [pixels]: "pr" };
  const sizes: Record<string, number> = { [pixels]: pixelsAtOnce };
  if (extentOf(vectors) > lanes) {
    sizes[vectors] = lanes;
    names[vectors] = "vr";
  }
  const outer = plain.axes.filter(({ name, role }) => (
    role === "space" && name !== pixels && name !== vectors
  )).map(({ name }) => name);
  const tiles = vectors in sizes ? ["vr"] : [];
  let nest = reorder(tile(plain, sizes, { names }), [
    ...outer,
    "pr",
    ...tiles,
    rows,
    "kx",
    vectors,
    pixels,
    ...(pair === undefined ? [] : [pair]),
  ]);
  nest = unroll(unroll(nest, vectors, "full"), pixels, "full");
  if (extentOf("kx") * extentOf(rows) <= mostTaps) {
    nest = unroll(unroll(nest, "kx", "full"), rows, "full");
  }
  return accumulate(vectorize(nest, vectors, { dot: pair }), rows);
}
