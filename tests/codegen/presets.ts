import {
  accumulate,
  bestMatmul,
  matmul,
  type Nest,
  pack,
  parallel,
  registerBlock,
  reorder,
  tile,
  unroll,
  unrollAndJam,
  vectorize,
} from "tinyloom";
import { panelMatmul } from "../../lib/schedule/panel_matmul.ts";

/** Sizes of a matrix product. */
export interface Sizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** Sizes of the blocks of {@link blis} and {@link dotProducts}. */
export interface Blocks {
  readonly mc: number;
  readonly kc: number;
  readonly nc: number;
  readonly mr: number;
  readonly nr: number;
}

/** The five loops of BLIS around a register block, both operands packed. */
export function blis(nest: Nest, { mc, kc, nc, mr, nr }: Blocks): Nest {
  const blocked = tile(nest, { j: nc, k: kc, i: mc }, { names: { j: "jc", k: "pc", i: "ic" } });
  const cut = tile(blocked, { j: nr, i: mr }, { names: { j: "jr", i: "ir" } });
  const ordered = reorder(cut, ["jc", "pc", "ic", "jr", "ir", "k", "i", "j"]);
  const packed = pack(pack(ordered, "B", { at: "pc" }), "A", { at: "ic" });
  const block = unroll(unroll(vectorize(packed, "j"), "j", "full"), "i", "full");
  return parallel(accumulate(block, "k"), "ic");
}

/** The same for int8, with pairs of products in one instruction. */
export function dotProducts(nest: Nest, blocks: Blocks, dtype: "i8" | "i16" = "i16"): Nest {
  const { mc, kc, nc, mr, nr } = blocks;
  const blocked = tile(nest, { j: nc, k: kc, i: mc }, { names: { j: "jc", k: "pc", i: "ic" } });
  const cut = tile(blocked, { j: nr, i: mr, k: 2 }, { names: { j: "jr", i: "ir", k: "kp" } });
  const ordered = reorder(cut, ["jc", "pc", "ic", "jr", "ir", "kp", "i", "j", "k"]);
  const packed = pack(pack(ordered, "B", { at: "pc", dtype }), "A", { at: "ic", dtype: "i16" });
  const block = unroll(
    unroll(vectorize(packed, "j", { dot: "k" }), "j", "full"),
    "i",
    "full",
  );
  return parallel(accumulate(block, "kp"), "ic");
}

/** The techniques of the lecture and beyond, as a user would write them, for a matrix product. */
export const techniques: Readonly<Record<string, (sizes: Sizes) => Nest>> = {
  naive: matmul,
  reordered: (sizes) => reorder(matmul(sizes), ["i", "k", "j"]),
  tiled: (sizes) => tile(reorder(matmul(sizes), ["i", "k", "j"]), { i: 8, k: 32, j: 16 }),
  unrolled: (sizes) => unroll(reorder(matmul(sizes), ["i", "k", "j"]), "j", 4),
  simd: (sizes) => vectorize(reorder(matmul(sizes), ["i", "k", "j"]), "j"),
  simdUnrolled: (sizes) =>
    unroll(vectorize(tile(reorder(matmul(sizes), ["i", "k", "j"]), { j: 40 }), "j"), "j", 4),
  threads: (sizes) => parallel(vectorize(reorder(matmul(sizes), ["i", "k", "j"]), "j"), "i"),
  threadsOverColumns: (sizes) => parallel(tile(matmul(sizes), { j: 12 }), "tj"),
  jammed: (sizes) => unrollAndJam(reorder(matmul(sizes), ["i", "k", "j"]), "i", 4),
  registers: (sizes) => vectorize(registerBlock(matmul(sizes), { i: 2, j: 8 }), "j"),
  packedOnce: (sizes) => pack(vectorize(registerBlock(matmul(sizes), { i: 3, j: 12 }), "j"), "B"),
  packedInThreads: (sizes) =>
    pack(
      parallel(vectorize(registerBlock(matmul(sizes), { i: 2, j: 24 }), "j"), "ti"),
      "A",
      { at: "ti" },
    ),
  packedOutput: (sizes) =>
    pack(vectorize(registerBlock(matmul(sizes), { i: 3, j: 8 }), "j"), "C", { at: "tj" }),
  packedOutputByAll: (sizes) => {
    const tiled = tile(matmul(sizes), { k: 16, j: 8 });
    return parallel(pack(reorder(tiled, ["i", "k", "j"]), "C", { at: "tk" }), "i");
  },
  wide: (sizes) => bestMatmul({ ...sizes, wide: true }),
  wideThreads: (sizes) => bestMatmul({ ...sizes, wide: true, threads: 2 }),
  panels: (sizes) =>
    panelMatmul(matmul(sizes), { ...sizes, threads: 1, cacheBytes: 4096, broadcast: "shuffle" }),
  panelsInThreads: (sizes) =>
    panelMatmul(matmul(sizes), { ...sizes, threads: 2, cacheBytes: 4096, broadcast: "shuffle" }),
  packedByAll: (sizes) => {
    const tiled = tile(matmul(sizes), { k: 16, j: 8 });
    return parallel(pack(reorder(tiled, ["i", "k", "j"]), "B", { at: "tk" }), "i");
  },
  blis: (sizes) => blis(matmul(sizes), { mc: 16, kc: 64, nc: 48, mr: 2, nr: 24 }),
  blisOdd: (sizes) => blis(matmul(sizes), { mc: 15, kc: 33, nc: 50, mr: 4, nr: 14 }),
};

/** Techniques for int8. */
export const techniquesI8: Readonly<Record<string, (sizes: Sizes) => Nest>> = {
  ...Object.fromEntries(
    Object.entries(techniques).filter(([name]) => !name.startsWith("panels")).map((
      [name, make],
    ) => [name, (sizes: Sizes) => make({ ...sizes, dtype: "i8" } as Sizes)]),
  ),
  dot: (sizes) =>
    dotProducts(matmul({ ...sizes, dtype: "i8" }), { mc: 16, kc: 64, nc: 48, mr: 2, nr: 24 }),
  dotNarrow: (sizes) =>
    dotProducts(
      matmul({ ...sizes, dtype: "i8" }),
      { mc: 12, kc: 30, nc: 36, mr: 4, nr: 12 },
      "i8",
    ),
  dotOdd: (sizes) =>
    dotProducts(matmul({ ...sizes, dtype: "i8" }), { mc: 7, kc: 31, nc: 30, mr: 3, nr: 10 }),
};
