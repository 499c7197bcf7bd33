import { defineNest } from "../nest/define_nest.ts";
import type { NestDtype } from "../nest/dtype.ts";
import { type Affine, affine, type Expr, type Nest } from "../nest/nest.ts";
import type { Pipeline, PipelineBuffer, Stage } from "../nest/pipeline.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { convOperandDtype, convSumDtype, layerPipeline } from "./implicit_gemm.ts";
import { paddedInput } from "./padded_input.ts";
import { type ProductOptions, scheduleProduct } from "./product_schedule.ts";
import {
  binary,
  buildStage,
  constantExpr,
  read,
  streamed,
  sumOfProducts,
  weightedSum,
} from "./stages.ts";
import { winogradErrorFactor, winogradMatrices } from "./winograd_matrices.ts";

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

interface Tiles {
  readonly outputs: number;
  readonly points: number;
  readonly rows: number;
  readonly columns: number;
  readonly c: number;
  readonly o: number;
}

function tilesOf(g: ConvGeometry, outputs: 2 | 4): Tiles {
  return {
    outputs,
    points: outputs + 2,
    rows: Math.ceil(g.y.extent / outputs),
    columns: Math.ceil(g.x.extent / outputs),
    c: g.inChannels,
    o: g.outChannels,
  };
}

function scaledKernel(g: ConvGeometry, kernel: readonly (readonly number[])[]) {
  return g.dtype === "i8" ? kernel.map((row) => row.map((value) => 2 * value)) : kernel;
}

/** One row of a transform: `to[target] = sum of coefficients times from[...]`, along axis e. */
interface Transform {
  readonly name: string;
  readonly extents: Readonly<Record<string, number>>;
  readonly from: {
    readonly name: string;
    readonly dtype: NestDtype;
    readonly shape: readonly number[];
  };
  readonly to: {
    readonly name: string;
    readonly dtype: NestDtype;
    readonly shape: readonly number[];
  };
  readonly target: readonly Affine[];
  readonly value: Expr;
}

function transform({ name, extents, from, to, target, value }: Transform): Nest {
  const nest = defineNest({
    name,
    extents,
    tensors: [{ ...from, role: "input" }, { ...to, role: "output" }],
    body: { target: { tensor: to.name, index: target }, update: "set", value },
  });
  return streamed(nest, "e");
}

// G[xi][o][kx][c] = sum over ky of kernel[xi][ky] W[o][ky][kx][c], then the same along kx.
function kernelStages(g: ConvGeometry, t: Tiles, kernel: readonly (readonly number[])[]): Stage[] {
  const { points, c, o } = t;
  const dtype = convOperandDtype(g);
  const columns = kernel.map((row, xi) =>
    transform({
      name: "kernel columns",
      extents: { f: o, e: 3 * c },
      from: { name: "W", dtype: g.dtype, shape: [o, 3, 3 * c] },
      to: { name: "G", dtype, shape: [points, o, 3 * c] },
      target: [affine(xi), affine("f"), affine("e")],
      value: weightedSum(row, taps((ky) => read("W", [affine("f"), affine(ky), affine("e")]))),
    })
  );
  const rows = kernel.map((row, nu) =>
    transform({
      name: "kernel rows",
      extents: { xi: points, f: o, e: c },
      from: { name: "G", dtype, shape: [points, o, 3, c] },
      to: { name: "U", dtype, shape: [points, points, o, c] },
      target: [affine("xi"), affine(nu), affine("f"), affine("e")],
      value: weightedSum(
        row,
        taps((kx) => read("G", [affine("xi"), affine("f"), affine(kx), affine("e")])),
      ),
    })
  );
  return [
    ...columns.map((nest) => buildStage("transform kernels along columns", nest)),
    ...rows.map((nest) => buildStage("transform kernels along rows", nest)),
  ];
}

function taps(value: (tap: number) => Expr, count = 3): Expr[] {
  return Array.from({ length: count }, (_, tap) => value(tap));
}

// D[xi][ty][x][c] = sum over i of input[xi][i] P[m ty + i][x][c], then the same along x.
function inputStages(
  t: Tiles,
  source: { readonly name: string; readonly dtype: NestDtype; height: number; width: number },
  input: readonly (readonly number[])[],
): Stage[] {
  const { points, outputs, rows, columns, c } = t;
  const { name, dtype, height, width } = source;
  const alongColumns = input.map((row, xi) =>
    transform({
      name: "input columns",
      extents: { ty: rows, e: (outputs * columns + 2) * c },
      from: { name, dtype, shape: [height, width * c] },
      to: { name: "D", dtype, shape: [points, rows, width * c] },
      target: [affine(xi), affine("ty"), affine("e")],
      value: weightedSum(
        row,
        taps((i) => read(name, [affine({ ty: outputs }, i), affine("e")]), points),
      ),
    })
  );
  const alongRows = input.map((row, nu) =>
    transform({
      name: "input rows",
      extents: { xi: points, ty: rows, tx: columns, e: c },
      from: { name: "D", dtype, shape: [points, rows, width, c] },
      to: { name: "V", dtype, shape: [points, points, rows, columns, c] },
      target: [affine("xi"), affine(nu), affine("ty"), affine("tx"), affine("e")],
      value: weightedSum(
        row,
        taps(
          (i) => read("D", [affine("xi"), affine("ty"), affine({ tx: outputs }, i), affine("e")]),
          points,
        ),
      ),
    })
  );
  return [
    ...alongColumns.map((nest) => buildStage("transform the input along columns", nest)),
    ...alongRows.map((nest) => buildStage("transform the input along rows", nest)),
  ];
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

// S[i] = sum over xi of output[i][xi] M[xi], then the same along rows, where the output has pixels.
function outputStages(g: ConvGeometry, t: Tiles, output: readonly (readonly number[])[]): Stage[] {
  const { points, outputs, rows, columns, o } = t;
  const dtype = convSumDtype(g);
  const rest = points * rows * columns * o;
  const alongColumns = output.map((row, i) =>
    transform({
      name: "output columns",
      extents: { e: rest },
      from: { name: "M", dtype, shape: [points, rest] },
      to: { name: "S", dtype, shape: [outputs, rest] },
      target: [affine(i), affine("e")],
      value: weightedSum(row, taps((xi) => read("M", [affine(xi), affine("e")]), points)),
    })
  );
  const pixels = output.flatMap((_, i) => output.map((row, j) => ({ i, j, row })))
    .filter(({ i, j }) => i < g.y.extent && j < g.x.extent);
  const alongRows = pixels.map(({ i, j, row }) => {
    const sum = weightedSum(
      row,
      taps(
        (nu) => read("S", [affine(i), affine(nu), affine("ty"), affine("tx"), affine("e")]),
        points,
      ),
    );
    return transform({
      name: "output rows",
      extents: {
        ty: Math.ceil((g.y.extent - i) / outputs),
        tx: Math.ceil((g.x.extent - j) / outputs),
        e: o,
      },
      from: { name: "S", dtype, shape: [outputs, points, rows, columns, o] },
      to: { name: "O", dtype, shape: [g.y.extent, g.x.extent, o] },
      target: [affine({ ty: outputs }, i), affine({ tx: outputs }, j), affine("e")],
      value: g.dtype === "i8" ? binary("shr", sum, constantExpr(doublings)) : sum,
    });
  });
  return [
    ...alongColumns.map((nest) => buildStage("transform the sums along columns", nest)),
    ...alongRows.map((nest) => buildStage("transform the sums along rows", nest)),
  ];
}

// Int8 kernels were doubled along both dimensions.
const doublings = 2;
