import fc from "fast-check";
import {
  accumulate,
  affine,
  defineNest,
  type Expr,
  hasExactRelaxedDot,
  type Nest,
  pack,
  reorder,
  stage,
  type Statement,
  tile,
  unroll,
  vectorize,
} from "tinyloom";

/** Sizes of a tile of a convolution: pixels side by side, all output channels. */
export interface TileSizes {
  /** Kernel rows. */
  readonly rows: number;
  /** Elements of a kernel row: taps by channels. */
  readonly row: number;
  readonly pixels: number;
  readonly outs: number;
  /** Elements from one pixel to the next. */
  readonly stride: number;
}

/** How a tile's sums are made and what becomes of them. */
export interface TileForm {
  /** Elements of the image as they are, or with 128 added. */
  readonly unsigned?: boolean;
  readonly dtype?: "i8" | "i16" | "f32";
  /** Bias, scale and clamp to int8; left out: the sums are stored. */
  readonly quantized?: boolean;
}

/** `O[p][o] += X[kh][p * stride + k] * W[kh][k][o]` from zero, rows of taps merged into one axis k. */
export function convTile(sizes: TileSizes, form: TileForm = {}): Nest {
  const { rows, row, pixels, outs, stride } = sizes;
  const { unsigned = false, dtype = "i8", quantized = false } = form;
  const sum = dtype === "f32" ? "f32" : "i32";
  const vector = (name: string, length: number) =>
    ({ name, dtype: "i32", shape: [length], role: "input" }) as const;
  const x: Expr = {
    kind: "read",
    access: { tensor: "X", index: [affine("kh"), affine({ p: stride, k: 1 })] },
  };
  const right: Expr = {
    kind: "read",
    access: { tensor: "W", index: [affine("kh"), affine("k"), affine("o")] },
  };
  const left = unsigned ? binary("add", x, { kind: "constant", value: 128 }) : x;
  const body: Statement = {
    target: { tensor: "O", index: [affine("p"), affine("o")] },
    update: "add",
    start: 0,
    value: binary("mul", left, right),
    ...(quantized && { sum, finish: quantizedFinish }),
  };
  return defineNest({
    name: "convTile",
    extents: { p: pixels, o: outs, kh: rows, k: row },
    tensors: [
      { name: "X", dtype, shape: [rows, (pixels - 1) * stride + row], role: "input" },
      { name: "W", dtype, shape: [rows, row, outs], role: "input" },
      ...(quantized ? [vector("bias", outs), vector("M", outs), vector("S", outs)] : []),
      { name: "O", dtype: quantized ? "i8" : sum, shape: [pixels, outs], role: "output" },
    ],
    body,
  });
}

const quantizedFinish: Expr = binary(
  "max",
  binary(
    "min",
    binary(
      "add",
      {
        kind: "requantize",
        value: binary("add", { kind: "sum" }, at("bias")),
        multiplier: { tensor: "M", index: [affine("o")] },
        shift: { tensor: "S", index: [affine("o")] },
      },
      { kind: "constant", value: -5 },
    ),
    { kind: "constant", value: 127 },
  ),
  { kind: "constant", value: -128 },
);

/** How the sums of a tile are made. */
export interface DotForm {
  readonly group: 2 | 4;
  /** Elements of k in one round, a multiple of the group; left out: a group. */
  readonly round?: number;
  /** Whether a round's elements of the image are loaded at once. */
  readonly staged?: boolean;
  readonly weights?: "i8" | "i16";
}

/** A tile with all its sums in registers, which groups of k are multiplied and added to. */
export function dotTile(
  nest: Nest,
  { group, round = group, staged = false, weights }: DotForm,
): Nest {
  const rounds = round > group ? tile(nest, { k: round }, { names: { k: "kr" } }) : nest;
  const groups = tile(rounds, { k: group }, { names: { k: "kg" } });
  const order = ["kh", ...round > group ? ["kr"] : [], "kg", "p", "o", "k"];
  const packed = pack(reorder(groups, order), "W", {
    dtype: weights ?? (group === 2 ? "i16" : "i8"),
  });
  const names = ["p", "o", ...round > group ? ["kg"] : []];
  const block = names.reduce(
    (each, name) => unroll(each, name, "full"),
    vectorize(packed, "o", { dot: "k" }),
  );
  const held = accumulate(block, "kh");
  return staged ? stage(held, "X", { at: round > group ? "kr" : "kg" }) : held;
}

/** Every way in which this machine can make sums of int8 exactly. */
export const dotForms = fc.constantFrom<DotForm>(
  { group: 2 },
  { group: 2, weights: "i8" },
  { group: 2, round: 8, staged: true },
  { group: 2, round: 8, staged: true, weights: "i8" },
  ...hasExactRelaxedDot() ? [{ group: 4 }, { group: 4, round: 16 }] as const : [],
);

/** A tile, and how it is scheduled. */
export function tileOf(size: TileSizes, form: DotForm, quantized = false) {
  const plain = convTile(size, { unsigned: form.group === 4, quantized });
  return { plain, nest: dotTile(plain, form) };
}

/** A tile of float32 with all its sums in registers, four elements of the image loaded at once. */
export function floatTile(nest: Nest): Nest {
  const rounds = tile(nest, { k: 4 }, { names: { k: "kr" } });
  const packed = pack(reorder(rounds, ["kh", "kr", "k", "p", "o"]), "W");
  const block = ["k", "p", "o"].reduce(
    (each, name) => unroll(each, name, "full"),
    vectorize(packed, "o"),
  );
  return stage(accumulate(block, "kh"), "X", { at: "kr" });
}

function binary(op: Extract<Expr, { kind: "binary" }>["op"], left: Expr, right: Expr): Expr {
  return { kind: "binary", op, left, right };
}

function at(tensor: string): Expr {
  return { kind: "read", access: { tensor, index: [affine("o")] } };
}
