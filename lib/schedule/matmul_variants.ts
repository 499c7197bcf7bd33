import { checkOptions } from "../check_arguments.ts";
import { matmul, type MatmulOptions } from "../nest/matmul.ts";
import type { Nest } from "../nest/nest.ts";
import { accumulate } from "./accumulate.ts";
import { bestMatmul, floatBlock } from "./best_matmul.ts";
import { pack } from "./pack.ts";
import { blockDepth, type LaneBroadcast } from "./panel_matmul.ts";
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
  /** How `best` brings elements into all lanes; see {@link bestMatmul}. */
  readonly broadcast?: LaneBroadcast;
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
  checkOptions("matmulVariants", options, "fma threads wide broadcast m k n dtype");
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

// In the order of the tutorial: tiles of i, then k, then j.
function tilesOf({ m, k, n }: MatmulOptions): Record<string, number> {
  const sizes = Object.entries({ i: m, k, j: n }).filter(([, size]) => size > tileSize);
  return Object.fromEntries(
    (sizes.length > 0 ? sizes : [["i"]]).map(([axis]) => [axis, tileSize]),
  );
}

/**
 * Names of the ladder's rungs, from the plain loops up.
 *
 * @category Schedules
 */
export const matmulLadderNames = [
  "naive",
  "reorder",
  "vectorize",
  "tile",
  "registers",
  "pack",
  "threads",
] as const;

/**
 * One of {@link matmulLadderNames}.
 *
 * @category Schedules
 */
export type MatmulLadderName = typeof matmulLadderNames[number];

// A block of B of so many rows and 1024 columns is 1 MiB, and stays in a level-2 cache of 2 MiB.
const ladderDepth = 256;

/**
 * The techniques of the lecture on one matrix product, each on top of the ones before: the loops in
 * the order of memory, vectors, a block of B that stays in the cache, sums that stay in registers,
 * that block copied in the order in which it is read, and the rows shared among threads. `naive`
 * keeps its one sum in a register too, as in {@link matmulVariants}.
 *
 * Every rung has the schedule of the one before and a few steps more; vectors come last in it, since
 * a vectorized loop is not cut any more. Their effect shows where the matrices are larger than the
 * second-level cache.
 *
 * @throws {RangeError} a size is not a positive integer.
 *
 * @example
 * ```ts
 * import { matmulLadder } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const { registers, pack } = matmulLadder({ m: 1024, k: 1024, n: 1024 });
 * const before = registers.steps.length - 1;
 * assert.deepEqual(pack.steps.slice(0, before), registers.steps.slice(0, before));
 * ```
 *
 * @category Schedules
 */
export function matmulLadder(
  options: MatmulOptions & Pick<MatmulVariantsOptions, "fma">,
): Readonly<Record<MatmulLadderName, Nest>> {
  checkOptions("matmulLadder", options, "fma m k n dtype");
  const { m, k, n, dtype } = options;
  const plain = matmul({ m, k, n, dtype });
  const reordered = reorder(plain, ["i", "k", "j"]);
  const isDeep = k > 1;
  const tiled = isDeep ? tile(reordered, { k: blockDepth(k, ladderDepth) }) : reordered;
  const { rows, columns } = floatBlock(options);
  const names = { j: "jr", i: "ir" };
  const blocked = registerBlock(tiled, { j: columns, i: rows }, { names });
  const packed = vectorize(pack(blocked, "B", isDeep ? { at: "tk" } : {}), "j");
  return {
    naive: accumulate(plain, "k"),
    reorder: reordered,
    vectorize: vectorize(reordered, "j"),
    tile: vectorize(tiled, "j"),
    registers: vectorize(blocked, "j"),
    pack: packed,
    threads: parallel(packed, "ir"),
  };
}
