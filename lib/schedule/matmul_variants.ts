import { checkOptions } from "../check_arguments.ts";
import { matmul, type MatmulOptions } from "../nest/matmul.ts";
import type { Nest } from "../nest/nest.ts";
import { accumulate } from "./accumulate.ts";
import { bestMatmul } from "./best_matmul.ts";
import { parallel } from "./parallel.ts";
import { registerBlock } from "./register_block.ts";
import { reorder } from "./reorder.ts";
import { tile } from "./tile.ts";
import { unroll } from "./unroll.ts";
import { vectorize } from "./vectorize.ts";

/**
 * What the variants are for.
 *
 * @category Schedules
 */
export interface MatmulVariantsOptions extends MatmulOptions {
  /** Whether `best` is to be compiled with fused multiply-add; default true. */
  readonly fma?: boolean;
  /** Threads that `best` is for; default 1. */
  readonly threads?: number;
  /** Whether `best` is for 256-bit vectors; see {@link bestMatmul}. */
  readonly wide?: boolean;
}

/**
 * Names of the variants, from the plain loops to everything together.
 *
 * @category Schedules
 */
export const matmulVariantNames = [
  "naive",
  "reorder",
  "tile",
  "unroll",
  "simd",
  "threads",
  "best",
] as const;

/**
 * One of {@link matmulVariantNames}.
 *
 * @category Schedules
 */
export type MatmulVariantName = typeof matmulVariantNames[number];

const tileSize = 32;

/**
 * The nest that each variant is made from: its technique alone is what is between the two. `null` is
 * the product as it is defined, loops `i`, `j`, `k`, with no sum kept in a register.
 *
 * @category Schedules
 */
export const matmulVariantStarts: Readonly<Record<MatmulVariantName, MatmulVariantName | null>> = {
  naive: null,
  reorder: null,
  tile: "reorder",
  unroll: null,
  simd: "reorder",
  threads: "reorder",
  best: null,
};

/**
 * The techniques of the lecture on one matrix product, one a variant; what each is made from is in
 * {@link matmulVariantStarts}, and {@link matmulLadder} has them one on top of the other. `naive` and
 * `unroll` are those of the C++ tutorial (mit-han-lab/parallel-computing-tutorial): the sum is kept
 * in a register.
 *
 * @throws {RangeError} a size is not a positive integer.
 *
 * @example
 * ```ts
 * import { matmulVariants, pseudocode } from "tinyloom";
 *
 * const { naive, best } = matmulVariants({ m: 64, k: 64, n: 64 });
 * pseudocode(naive) + pseudocode(best);
 * ```
 *
 * @category Schedules
 */
export function matmulVariants(
  options: MatmulVariantsOptions,
): Readonly<Record<MatmulVariantName, Nest>> {
  checkOptions("matmulVariants", options, "fma threads wide m k n dtype");
  const { m, k, n, dtype } = options;
  const plain = matmul({ m, k, n, dtype });
  const reordered = reorder(plain, ["i", "k", "j"]);
  const blocked = n > 1 ? registerBlock(plain, { j: 8 }) : accumulate(plain, "k");
  return {
    naive: accumulate(plain, "k"),
    reorder: reordered,
    tile: tile(reordered, tilesOf(options)),
    unroll: k > 1 ? unroll(blocked, "k", 4) : blocked,
    simd: vectorize(reordered, "j"),
    threads: parallel(reordered, "i"),
    best: bestMatmul(options),
  };
}

/**
 * One rung of {@link matmulLadder}.
 *
 * @category Schedules
 */
export interface MatmulRung {
  /** What it adds, in a word: `"naive"`, `"+ reorder"`. */
  readonly name: string;
  /** The same in a few words. */
  readonly adds: string;
  /** The product with this and all rungs below. */
  readonly nest: Nest;
}

/** Depth of the slices of `B` that the ladder works on, and columns of a slice. */
const slice = { depth: 64, columns: 512 };

/**
 * The techniques one on top of the other, so that each is measured against the rung below. The order
 * is the one in which they can pay: a tile saves memory traffic, which shows only when the
 * arithmetic is no longer what takes the time, so it comes after the vectors; threads multiply what
 * one thread reaches.
 *
 * @throws {RangeError} a size is not a positive integer.
 * @throws {TypeError} for integers, whose vectors need another layout from the start.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmulLadder } from "tinyloom";
 *
 * const ladder = matmulLadder({ m: 64, k: 128, n: 64 });
 * assert.deepEqual(ladder.map(({ name }) => name).slice(0, 3), ["naive", "+ reorder", "+ simd"]);
 * ```
 *
 * @category Schedules
 */
export function matmulLadder(options: MatmulVariantsOptions): readonly MatmulRung[] {
  checkOptions("matmulLadder", options, "fma threads wide m k n dtype");
  const { k, n, dtype = "f32", threads = 1 } = options;
  if (dtype !== "f32") throw new TypeError(`The ladder is made for float32, found ${dtype}`);
  const plain = matmul(options);
  const reordered = reorder(plain, ["i", "k", "j"]);
  const sizes = {
    ...k > slice.depth ? { k: slice.depth } : {},
    ...n > slice.columns ? { j: slice.columns } : {},
  };
  const cut = (nest: Nest): Nest => Object.keys(sizes).length > 0 ? tile(nest, sizes) : nest;
  const rungs: readonly MatmulRung[] = [
    { name: "naive", adds: "loops i, j, k; the sum in a register", nest: accumulate(plain, "k") },
    { name: "+ reorder", adds: "loops i, k, j: B and C row by row", nest: reordered },
    { name: "+ simd", adds: "four columns at once", nest: vectorize(reordered, "j") },
    {
      name: "+ tile",
      adds: `k by ${slice.depth}, j by ${slice.columns}: a slice of B stays in the cache`,
      nest: vectorize(cut(reordered), "j"),
    },
    {
      name: "+ unroll",
      adds: "a block of 4 x 8 sums in registers",
      nest: inRegisters(cut(plain), options),
    },
    {
      name: "+ pack",
      adds: "operands copied into the order of their use",
      nest: bestMatmul({ ...options, threads: 1 }),
    },
  ];
  if (threads === 1) return rungs;
  return [...rungs, {
    name: "+ threads",
    adds: `blocks of rows on ${threads} threads`,
    nest: bestMatmul(options),
  }];
}

/** The tiled product with a block of sums in registers. */
function inRegisters(nest: Nest, { m, n }: MatmulOptions): Nest {
  const sides = Object.entries({ j: Math.min(n, 8), i: Math.min(m, 4) })
    .filter(([, side]) => side > 1);
  if (sides.length === 0) return accumulate(nest, "k");
  const names = Object.fromEntries(sides.map(([axis]) => [axis, `${axis}r`]));
  return vectorize(registerBlock(nest, Object.fromEntries(sides), { names }), "j");
}

// In the order of the tutorial: tiles of i, then k, then j.
function tilesOf({ m, k, n }: MatmulOptions): Record<string, number> {
  const sizes = Object.entries({ i: m, k, j: n }).filter(([, size]) => size > tileSize);
  return Object.fromEntries(
    (sizes.length > 0 ? sizes : [["i"]]).map(([axis]) => [axis, tileSize]),
  );
}
