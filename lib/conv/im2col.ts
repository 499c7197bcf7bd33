import { defineNest } from "../nest/define_nest.ts";
import { affine } from "../nest/affine.ts";
import type { Nest } from "../nest/nest.ts";
import type { Pipeline, PipelineBuffer, PipelineNode } from "../nest/pipeline.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { convOperandDtype, convSumDtype, layerPipeline } from "./implicit_gemm.ts";
import { type InputSource, paddedInput } from "./padded_input.ts";
import { type ProductOptions, scheduleProduct } from "./product_schedule.ts";
import { buildStage, read, streamed, sumOfProducts } from "./stages.ts";

/**
 * im2col: the window of every output is written out as a row of a matrix, which the weights multiply.
 * The matrix takes `outHeight * outWidth * kernel rows * kernel columns * channels` elements.
 */
export function im2col(g: ConvGeometry, options: ProductOptions = {}): Pipeline {
  const source = paddedInput(g, { dtype: convOperandDtype(g) });
  const pixels = g.y.extent * g.x.extent;
  const matrix = matrixBuffer(g, pixels);
  return layerPipeline(g, {
    name: "im2col",
    scratch: [...source.buffers, matrix],
    nodes: [
      ...source.nodes,
      buildStage(
        "write out the windows",
        windowCopy(g, source, { rows: g.y.extent, columns: g.x.extent }),
      ),
      buildStage("multiply the matrix by the weights", matrixProduct(g, pixels, options)),
    ],
  });
}

/** How many windows {@link partialIm2col} writes out at a time. */
export interface PartialIm2colOptions extends ProductOptions {
  /** Default 2, as CMSIS-NN and TinyEngine do. */
  readonly columns?: number;
}

/**
 * im2col of a few outputs at a time: the buffer is as small as that many windows, stays in the
 * nearest cache, and is overwritten for the next (Lai, Suda and Chandra, CMSIS-NN, 2018).
 */
export function partialIm2col(g: ConvGeometry, options: PartialIm2colOptions = {}): Pipeline {
  const columns = Math.min(options.columns ?? 2, g.x.extent);
  const source = paddedInput(g, { dtype: convOperandDtype(g) });
  const rounds = Math.floor(g.x.extent / columns);
  const rest = g.x.extent - rounds * columns;
  const step = g.stride * g.inChannels;
  const row = g.stride * source.width * g.inChannels;
  const out = g.x.extent * g.outChannels;
  const few = (count: number, x: Record<string, number>, from: number): PipelineNode[] => {
    const input = affine({ y: row, ...scaled(x, step) }, from * step);
    const output = affine({ y: out, ...scaled(x, g.outChannels) }, from * g.outChannels);
    return [
      buildStage(
        "write out a few windows",
        windowCopy(g, source, { rows: 1, columns: count }),
        { [source.name]: input },
      ),
      buildStage("multiply them by the weights", matrixProduct(g, count, options), { O: output }),
    ];
  };
  return layerPipeline(g, {
    name: "im2col of a few columns",
    scratch: [...source.buffers, matrixBuffer(g, columns)],
    nodes: [
      ...source.nodes,
      {
        kind: "repeat",
        axis: "y",
        extent: g.y.extent,
        body: [
          { kind: "repeat", axis: "x", extent: rounds, body: few(columns, { x: columns }, 0) },
          ...(rest > 0 ? few(rest, {}, rounds * columns) : []),
        ],
      },
    ],
  });
}

function scaled(terms: Readonly<Record<string, number>>, by: number): Record<string, number> {
  return Object.fromEntries(Object.entries(terms).map(([axis, value]) => [axis, value * by]));
}

function matrixBuffer(g: ConvGeometry, pixels: number): PipelineBuffer {
  return {
    name: "M",
    dtype: convOperandDtype(g),
    shape: [pixels, g.kernel[0], g.kernel[1] * g.inChannels],
    role: "scratch",
  };
}

// M[r][q][ky][k] = P[r * stride + ky][q * stride * channels + k]: k runs along memory in both.
function windowCopy(
  g: ConvGeometry,
  source: InputSource,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): Nest {
  const [kh, kw] = g.kernel;
  const k = kw * g.inChannels;
  const nest = defineNest({
    name: "im2col",
    extents: { r: rows, q: columns, ky: kh, k },
    tensors: [
      {
        name: source.name,
        dtype: source.dtype,
        shape: [source.height, source.width * g.inChannels],
        role: "input",
      },
      { name: "M", dtype: convOperandDtype(g), shape: [rows, columns, kh, k], role: "output" },
    ],
    body: {
      target: { tensor: "M", index: [affine("r"), affine("q"), affine("ky"), affine("k")] },
      update: "set",
      value: read(source.name, [
        affine({ r: g.stride, ky: 1 }),
        affine({ q: g.stride * g.inChannels, k: 1 }),
      ]),
    },
  });
  return streamed(nest, "k");
}

function matrixProduct(g: ConvGeometry, pixels: number, options: ProductOptions): Nest {
  const k = g.kernel[0] * g.kernel[1] * g.inChannels;
  const nest = defineNest({
    name: "product",
    extents: { p: pixels, o: g.outChannels, k },
    tensors: [
      { name: "M", dtype: convOperandDtype(g), shape: [pixels, k], role: "input" },
      { name: "W", dtype: g.dtype, shape: [g.outChannels, k], role: "input" },
      { name: "O", dtype: convSumDtype(g), shape: [pixels, g.outChannels], role: "output" },
    ],
    body: sumOfProducts(
      { tensor: "O", index: [affine("p"), affine("o")] },
      read("M", [affine("p"), affine("k")]),
      read("W", [affine("o"), affine("k")]),
    ),
  });
  return scheduleProduct(
    nest,
    { rows: "p", columns: "o", reductions: ["k"], packed: "W" },
    options,
  );
}
