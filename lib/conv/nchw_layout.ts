import { defineNest } from "../nest/define_nest.ts";
import { affine } from "../nest/affine.ts";
import type { Nest } from "../nest/nest.ts";
import type { Pipeline, PipelineBuffer, Stage } from "../nest/pipeline.ts";
import { accumulate } from "../schedule/accumulate.ts";
import { floatBlock } from "../schedule/best_matmul.ts";
import { reorder } from "../schedule/reorder.ts";
import { tile } from "../schedule/tile.ts";
import { unroll } from "../schedule/unroll.ts";
import { vectorize } from "../schedule/vectorize.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { scheduleTaps } from "./depthwise.ts";
import { convSumDtype, layerPipeline } from "./implicit_gemm.ts";
import { type InputSource, paddedInput } from "./padded_input.ts";
import type { ProductOptions } from "./product_schedule.ts";
import { buildStage, filled, read, sumOfProducts } from "./stages.ts";

/** Whether vectors can run along the columns of a plane: neighbours there must be read as neighbours. */
export function nchwFits(g: ConvGeometry): boolean {
  return g.stride === 1;
}

/**
 * The layer in NCHW, vectors along the columns of a plane; the layout of input, weights and output
 * is the caller's.
 *
 * @throws {RangeError} the stride is not 1.
 */
export function nchwConv(g: ConvGeometry, options: ProductOptions = {}): Pipeline {
  checkFits(g);
  const source = paddedInput(g, { layout: "nchw" });
  return layerPipeline(g, {
    name: "planes",
    layout: "nchw",
    scratch: source.buffers,
    nodes: [...source.nodes, planeProduct(g, { source, weights: "nchw", output: "O" }, options)],
  });
}

/**
 * The layer in NCHW with input and output in NHWC: what {@link nchwConv} takes when both layouts must
 * be changed for it.
 *
 * @throws {RangeError} the stride is not 1.
 */
export function viaNchw(g: ConvGeometry, options: ProductOptions = {}): Pipeline {
  checkFits(g);
  const { reach: height } = g.y;
  const { reach: width } = g.x;
  const input: PipelineBuffer = {
    name: "P",
    dtype: g.dtype,
    shape: [g.inChannels, height, width],
    role: "scratch",
  };
  const output: PipelineBuffer = {
    name: "Q",
    dtype: convSumDtype(g),
    shape: [g.outChannels, g.y.extent, g.x.extent],
    role: "scratch",
  };
  const source = { name: "P", dtype: g.dtype, height, width, buffers: [], nodes: [] };
  const rows = Math.min(g.height, height - g.y.before);
  const columns = Math.min(g.width, width - g.x.before);
  const padded = height * width > rows * columns;
  return layerPipeline(g, {
    name: "via planes",
    scratch: [input, output],
    nodes: [
      ...(padded ? [buildStage("fill the padding", filled(input, g.zeroPoint))] : []),
      buildStage("input from NHWC to NCHW", toPlanes(g, input, { rows, columns })),
      planeProduct(g, { source, weights: "nhwc", output: "Q" }, options),
      buildStage("output from NCHW to NHWC", fromPlanes(output)),
    ],
  });
}

interface PlaneOperands {
  readonly source: InputSource;
  readonly weights: "nhwc" | "nchw";
  readonly output: string;
}

// A kernel of one pixel sees the image as one row.
function planeProduct(g: ConvGeometry, operands: PlaneOperands, options: ProductOptions): Stage {
  const { source, output } = operands;
  const flat = g.kernel[0] * g.kernel[1] === 1;
  const [height, width] = flat ? [1, source.height * source.width] : [source.height, source.width];
  const [rows, columns] = flat ? [1, g.y.extent * g.x.extent] : [g.y.extent, g.x.extent];
  const channel = g.depthwise ? "o" : "c";
  const [kh, kw] = g.kernel;
  const weights = weightsOf(g, operands.weights);
  const nest = defineNest({
    name: "planes",
    extents: {
      o: g.outChannels,
      y: rows,
      x: columns,
      ...(!g.depthwise && { c: g.inChannels }),
      ky: kh,
      kx: kw,
    },
    tensors: [
      {
        name: source.name,
        dtype: source.dtype,
        shape: [g.inChannels, height, width],
        role: "input",
      },
      { name: "W", dtype: g.dtype, shape: weights.shape, role: "input" },
      {
        name: output,
        dtype: convSumDtype(g),
        shape: [g.outChannels, rows, columns],
        role: "output",
      },
    ],
    body: sumOfProducts(
      { tensor: output, index: [affine("o"), affine("y"), affine("x")] },
      read(source.name, [affine(channel), affine({ y: 1, ky: 1 }), affine({ x: 1, kx: 1 })]),
      read("W", weights.index),
    ),
  });
  const scheduled = g.depthwise
    ? scheduleTaps(nest, { pixels: "y", vectors: "x", rows: "ky" })
    : schedulePlanes(nest, options);
  return buildStage("sum the taps of planes", scheduled);
}

function weightsOf(g: ConvGeometry, layout: "nhwc" | "nchw") {
  const pixel = [affine("ky"), affine("kx")];
  const ordered = <T>(output: T[], taps: readonly T[], input: T[]) =>
    layout === "nchw" ? [...output, ...input, ...taps] : [...output, ...taps, ...input];
  if (g.depthwise) {
    return {
      shape: ordered<number>([], g.kernel, [g.inChannels]),
      index: ordered([], pixel, [affine("o")]),
    };
  }
  return {
    shape: ordered([g.outChannels], g.kernel, [g.inChannels]),
    index: ordered([affine("o")], pixel, [affine("c")]),
  };
}

function schedulePlanes(plain: Nest, { fma }: ProductOptions): Nest {
  const extentOf = (name: string) => plain.axes.find((axis) => axis.name === name)!.extent;
  const block = floatBlock({ n: extentOf("x"), fma });
  const sizes: Record<string, number> = { x: block.columns };
  const names: Record<string, string> = { x: "xr" };
  if (block.rows > 1) {
    sizes.o = block.rows;
    names.o = "or";
  }
  let nest = reorder(tile(plain, sizes, { names }), [
    "y",
    "xr",
    ...(block.rows > 1 ? ["or"] : []),
    "c",
    "ky",
    "kx",
    "x",
    "o",
  ]);
  nest = unroll(unroll(nest, "x", "full"), "o", "full");
  return accumulate(vectorize(nest, "x"), "c");
}

function toPlanes(
  g: ConvGeometry,
  planes: PipelineBuffer,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): Nest {
  return layoutChange({
    name: "to planes",
    extents: { y: rows, c: g.inChannels, x: columns },
    from: { name: "I", dtype: g.dtype, shape: [g.height, g.width, g.inChannels] },
    to: planes,
    target: [affine("c"), affine("y", g.y.before), affine("x", g.x.before)],
    source: [affine("y"), affine("x"), affine("c")],
  });
}

function fromPlanes(planes: PipelineBuffer): Nest {
  const [channels, height, width] = planes.shape;
  return layoutChange({
    name: "from planes",
    extents: { y: height, x: width, c: channels },
    from: planes,
    to: { name: "O", dtype: planes.dtype, shape: [height, width, channels] },
    target: [affine("y"), affine("x"), affine("c")],
    source: [affine("c"), affine("y"), affine("x")],
  });
}

type Layout = Pick<PipelineBuffer, "name" | "dtype" | "shape">;

// Elements in the order in which they are written; they are read a row or a plane apart.
function layoutChange(
  { name, extents, from, to, target, source }: {
    readonly name: string;
    readonly extents: Readonly<Record<string, number>>;
    readonly from: Layout;
    readonly to: Layout;
    readonly target: readonly ReturnType<typeof affine>[];
    readonly source: readonly ReturnType<typeof affine>[];
  },
): Nest {
  const tensor = ({ name, dtype, shape }: Layout) => ({ name, dtype, shape });
  return defineNest({
    name,
    extents,
    tensors: [{ ...tensor(from), role: "input" }, { ...tensor(to), role: "output" }],
    body: {
      target: { tensor: to.name, index: target },
      update: "set",
      value: read(from.name, source),
    },
  });
}

function checkFits(g: ConvGeometry): void {
  if (nchwFits(g)) return;
  throw new RangeError(`Vectors along columns need stride 1, found ${g.text}`);
}
