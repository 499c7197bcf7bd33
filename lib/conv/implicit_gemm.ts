import { defineNest } from "../nest/define_nest.ts";
import { definePipeline } from "../nest/define_pipeline.ts";
import type { NestDtype } from "../nest/dtype.ts";
import { affine } from "../nest/affine.ts";
import type { Nest } from "../nest/nest.ts";
import type { Pipeline, PipelineBuffer, PipelineNode } from "../nest/pipeline.ts";
import { type ConvGeometry, plainConv } from "./conv_shape.ts";
import { type InputSource, paddedInput } from "./padded_input.ts";
import { type ProductOptions, scheduleProduct } from "./product_schedule.ts";
import { buildStage, read, sumOfProducts } from "./stages.ts";

/**
 * Convolution as a matrix product whose left side is read out of the padded input: im2col without
 * the columns. For a kernel of one pixel it is the matrix product itself.
 */
export function implicitGemm(g: ConvGeometry, options: ProductOptions = {}): Pipeline {
  const source = paddedInput(g, { dtype: convOperandDtype(g) });
  return layerPipeline(g, {
    name: "implicit",
    scratch: source.buffers,
    nodes: [
      ...source.nodes,
      buildStage("multiply windows by weights", windowProduct(g, source, options)),
    ],
  });
}

/** Element type of a layer's sums. */
export function convSumDtype({ dtype }: ConvGeometry): NestDtype {
  return dtype === "i8" ? "i32" : "f32";
}

/** The type in which operands are multiplied fastest: pairs of int16 for int8. */
export function convOperandDtype({ dtype }: ConvGeometry): NestDtype {
  return dtype === "i8" ? "i16" : "f32";
}

/** A pipeline that computes a layer: its own buffers are those of input, weights and output. */
export function layerPipeline(
  g: ConvGeometry,
  parts: {
    readonly name: string;
    readonly scratch: readonly PipelineBuffer[];
    readonly nodes: readonly PipelineNode[];
    readonly layout?: "nhwc" | "nchw";
    readonly errorFactor?: number;
    /** The buffer whose memory the output takes over. */
    readonly inPlace?: string;
  },
): Pipeline {
  const reference = plainConv(g, parts.layout);
  const buffers = reference.tensors.map(({ name, dtype, shape }): PipelineBuffer => ({
    name,
    dtype,
    shape,
    role: name === "W" ? "weights" : name === "I" ? "input" : "output",
    ...(name === "O" && parts.inPlace !== undefined && { sharesWith: parts.inPlace }),
  }));
  return definePipeline({
    name: parts.name,
    shape: g.text,
    buffers: [...buffers, ...parts.scratch],
    nodes: parts.nodes,
    reference,
    ...(parts.errorFactor !== undefined && { errorFactor: parts.errorFactor }),
  });
}

/**
 * The convolution itself as a product over a padded input, which it reads in place: a row of the
 * window is `kernel width * channels` neighbours in memory. This is im2col without the columns.
 */
function windowProduct(
  g: ConvGeometry,
  source: InputSource,
  options: ProductOptions = {},
): Nest {
  const [kh, kw] = g.kernel;
  const { stride, inChannels: channels, outChannels } = g;
  const flat = kh === 1 && kw === 1 && stride === 1;
  const k = kw * channels;
  const input = { name: source.name, dtype: source.dtype, role: "input" as const };
  const weights = { name: "W", dtype: g.dtype, role: "input" as const };
  const output = { name: "O", dtype: convSumDtype(g), role: "output" as const };
  if (flat) {
    const pixels = source.height * source.width;
    const nest = defineNest({
      name: "pointwise",
      extents: { p: pixels, o: outChannels, k },
      tensors: [
        { ...input, shape: [pixels, k] },
        { ...weights, shape: [outChannels, k] },
        { ...output, shape: [pixels, outChannels] },
      ],
      body: sumOfProducts(
        { tensor: "O", index: [affine("p"), affine("o")] },
        read(source.name, [affine("p"), affine("k")]),
        read("W", [affine("o"), affine("k")]),
      ),
    });
    return scheduleProduct(
      nest,
      { rows: "p", columns: "o", reductions: ["k"], packed: "W" },
      options,
    );
  }
  const nest = defineNest({
    name: "window",
    extents: { y: g.y.extent, x: g.x.extent, o: outChannels, ky: kh, k },
    tensors: [
      { ...input, shape: [source.height, source.width * channels] },
      { ...weights, shape: [outChannels, kh, k] },
      { ...output, shape: [g.y.extent, g.x.extent, outChannels] },
    ],
    body: sumOfProducts(
      { tensor: "O", index: [affine("y"), affine("x"), affine("o")] },
      read(source.name, [
        affine({ y: stride, ky: 1 }),
        affine({ x: stride * channels, k: 1 }),
      ]),
      read("W", [affine("o"), affine("ky"), affine("k")]),
    ),
  });
  return scheduleProduct(
    nest,
    { outer: ["y"], rows: "x", columns: "o", reductions: ["ky", "k"], packed: "W" },
    options,
  );
}
