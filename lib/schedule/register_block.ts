import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Nest } from "../nest/nest.ts";
import { accumulate } from "./accumulate.ts";
import { axisOf, findLoop, ScheduleError } from "./loops.ts";
import { reorder } from "./reorder.ts";
import { tile } from "./tile.ts";
import { unroll } from "./unroll.ts";

/**
 * Names of the loops over register blocks; by default those that {@link tile} gives.
 *
 * @category Schedules
 */
export interface RegisterBlockOptions {
  /** Name of the new loop, by the loop that is blocked. */
  readonly names?: Readonly<Record<string, string>>;
}

/**
 * Cuts the target into small blocks, each of which stays in registers while the innermost reduction
 * loop runs: the micro-kernel of a fast matrix product.
 *
 * Short for `tile` by the block, `reorder` of the tiles' loops inside the reduction, `unroll` of
 * both in full, `accumulate`. The axis named first ends up outside the other, just inside the
 * reduction; vectorize one of them afterwards, or before with the block a multiple of the lanes.
 *
 * ```text
 * before                              after registerBlock(nest, { j: 4, i: 2 })
 * for i                               for ti in steps of 2
 *   for j                               for tj in steps of 4
 *     for k                               c = C[ti:ti+2][tj:tj+4]
 *       C[i][j] += A[i][k] * B[k][j]      for k
 *                                           c += A[ti:ti+2][k] * B[k][tj:tj+4]  (8 products)
 *                                         C[ti:ti+2][tj:tj+4] = c
 * ```
 *
 * @throws {ScheduleError} a loop is unknown, or there is no reduction loop.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, matmul, registerBlock } from "tinyloom";
 *
 * const nest = matmul({ m: 8, k: 16, n: 8 });
 * const blocked = registerBlock(nest, { j: 4, i: 2 });
 * assert.equal(count(blocked).stores, 8 * 8);
 * ```
 *
 * @category Schedules
 */
export function registerBlock(
  nest: Nest,
  block: Readonly<Record<string, number>>,
  options: RegisterBlockOptions = {},
): Nest {
  checkOptions("registerBlock", options, "names");
  checkArguments("registerBlock", { nest });
  const reduction = nest.loops.findLast((loop) => axisOf(nest, loop).role === "reduction");
  if (!reduction) throw new ScheduleError(`Cannot block ${nest.name}: it has no reduction`);
  const inner = Object.keys(block);
  for (const name of inner) {
    if (axisOf(nest, findLoop(nest, name, "block")).role === "reduction") {
      throw new ScheduleError(`Cannot block "${name}" in registers: it is a reduction`);
    }
  }
  const tiled = tile(nest, block, { names: options.names });
  const moved = [reduction.name, ...inner];
  const outer = tiled.loops.map((loop) => loop.name).filter((name) => !moved.includes(name));
  const unrolled = inner.reduce(
    (each, name) => unroll(each, name, "full"),
    reorder(tiled, [...outer, ...moved]),
  );
  return accumulate(unrolled, reduction.name);
}
