import { defineNest } from "../nest/define_nest.ts";
import type { NestDtype } from "../nest/dtype.ts";
import { type Affine, affine } from "../nest/affine.ts";
import type { Expr, Nest } from "../nest/nest.ts";
import type { Stage } from "../nest/pipeline.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { convOperandDtype, convSumDtype } from "./implicit_gemm.ts";
import { binary, buildStage, constantExpr, read, streamed, weightedSum } from "./stages.ts";
import type { Tiles } from "./winograd_matrices.ts";

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
export function kernelStages(
  g: ConvGeometry,
  t: Tiles,
  kernel: readonly (readonly number[])[],
): Stage[] {
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
export function inputStages(
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

// S[i] = sum over xi of output[i][xi] M[xi], then the same along rows, where the output has pixels.
export function outputStages(
  g: ConvGeometry,
  t: Tiles,
  output: readonly (readonly number[])[],
): Stage[] {
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
