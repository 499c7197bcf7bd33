import { defineNest } from "../nest/define_nest.ts";
import type { NestDtype } from "../nest/dtype.ts";
import { affine } from "../nest/affine.ts";
import type { Nest } from "../nest/nest.ts";
import type { Pipeline, PipelineBuffer } from "../nest/pipeline.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { convOperandDtype, convSumDtype, layerPipeline } from "./implicit_gemm.ts";
import { paddedInput } from "./padded_input.ts";
import { type ProductOptions, scheduleProduct } from "./product_schedule.ts";
import { buildStage, read, sumOfProducts } from "./stages.ts";
import {
  scaledKernel,
  type Tiles,
  tilesOf,
  winogradErrorFactor,
  winogradMatrices,
} from "./winograd_matrices.ts";
import { inputStages, kernelStages, outputStages } from "./winograd_transforms.ts";

/** Which tiles a Winograd convolution has. */
export interface WinogradOptions extends ProductOptions {
  /** Outputs of a tile along each dimension. */
  readonly tile: 2 | 4;
}

// Four times a sum of 9 products a channel, each up to 128 * 128, must stay below 2^31. Sums on the
// way may wrap around: the result is the same.
const mostInt8Channels = Math.floor((2 ** 31 - 1) / (4 * 9 * 128 * 128));

/**
 * Whether a layer can be computed with Winograd tiles: 3 x 3 taps, stride 1; with int8 operands only
 * tiles of 2 x 2, whose transforms are exact in int16, and at most 3640 channels.
 */
export function winogradFits(g: ConvGeometry, tile: 2 | 4): boolean {
  const [kh, kw] = g.kernel;
  if (g.dtype === "i8" && (tile !== 2 || g.inChannels > mostInt8Channels)) return false;
  return kh === 3 && kw === 3 && g.stride === 1 && !g.depthwise;
}

/**
 * Winograd convolution F(m x m, 3 x 3): tiles of the input and the kernels are transformed, so that
 * `(m + 2)^2` products by element, summed over channels as that many matrix products, replace
 * `9 m^2` (Lavin and Gray, 2016). Kernels are transformed ahead of time.
 *
 * Int8: the kernel's transform is doubled along each dimension, which makes it whole; the sums are
 * then four times what they should be, and a shift by two bits makes them exact.
 *
 * @throws {RangeError} the layer does not fit, see {@link winogradFits}.
 */
export function winograd(g: ConvGeometry, options: WinogradOptions): Pipeline {
  if (!winogradFits(g, options.tile)) {
    throw new RangeError(
      `Winograd tiles need a kernel of 3x3 with stride 1 that is not depthwise, in int8 tiles of 2 ` +
        `and at most ${mostInt8Channels} channels; found tiles of ${options.tile} for ${g.text} in ${g.dtype}`,
    );
  }
  const matrices = winogradMatrices[options.tile];
  const t = tilesOf(g, options.tile);
  const source = paddedInput(g, {
    dtype: convOperandDtype(g),
    height: t.outputs * t.rows + 2,
    width: t.outputs * t.columns + 2,
  });
  const narrow = convOperandDtype(g);
  const wide = convSumDtype(g);
  const buffer = (name: string, dtype: NestDtype, ...shape: number[]): PipelineBuffer => (
    { name, dtype, shape, role: "scratch" }
  );
  const { points, rows, columns, outputs, c, o } = t;
  return layerPipeline(g, {
    name: `winograd${outputs}`,
    scratch: [
      ...source.buffers,
      buffer("G", narrow, points, o, 3, c),
      buffer("U", narrow, points, points, o, c),
      buffer("D", narrow, points, rows, source.width, c),
      buffer("V", narrow, points, points, rows, columns, c),
      buffer("M", wide, points, points, rows, columns, o),
      buffer("S", wide, outputs, points, rows, columns, o),
    ],
    nodes: [
      ...kernelStages(g, t, scaledKernel(g, matrices.kernel)),
      ...source.nodes,
      ...inputStages(t, source, matrices.input),
      buildStage(`${points * points} matrix products`, batchProduct(g, t, options)),
      ...outputStages(g, t, matrices.output),
    ],
    errorFactor: winogradErrorFactor(matrices),
  });
}

// M[b][p][o] = sum over c of V[b][p][c] U[b][o][c], for each of the tiles' points b.
function batchProduct(g: ConvGeometry, t: Tiles, options: ProductOptions): Nest {
  const { points, rows, columns, c, o } = t;
  const batch = points * points;
  const dtype = convOperandDtype(g);
  const nest = defineNest({
    name: "products",
    extents: { b: batch, p: rows * columns, o, k: c },
    tensors: [
      { name: "V", dtype, shape: [batch, rows * columns, c], role: "input" },
      { name: "U", dtype, shape: [batch, o, c], role: "input" },
      { name: "M", dtype: convSumDtype(g), shape: [batch, rows * columns, o], role: "output" },
    ],
    body: sumOfProducts(
      { tensor: "M", index: [affine("b"), affine("p"), affine("o")] },
      read("V", [affine("b"), affine("p"), affine("k")]),
      read("U", [affine("b"), affine("o"), affine("k")]),
    ),
  });
  return scheduleProduct(
    nest,
    { batch: ["b"], rows: "p", columns: "o", reductions: ["k"], packed: "U" },
    options,
  );
}
