import type { Nest } from "../nest/nest.ts";
import { findLoop } from "./find_loop.ts";
import { reorder } from "./reorder.ts";
import { tile } from "./tile.ts";
import { unroll } from "./unroll.ts";

/**
 * Unrolls an outer loop and fuses the copies of the loops inside it: the innermost body then works
 * on `factor` values of the outer loop at once, and loads what they share only once.
 *
 * Short for `tile` by the factor, `reorder` of the tile's loop to the inside, `unroll` in full.
 *
 * ```text
 * before                              after unrollAndJam(nest, "i", 2)
 * for i                               for i in steps of 2
 *   for k                               for k
 *     for j                               for j
 *       C[i][j] += A[i][k] * B[k][j]        C[i][j]   += A[i][k]   * B[k][j]
 *                                           C[i+1][j] += A[i+1][k] * B[k][j]
 * ```
 *
 * @throws {RangeError} the factor is not an integer of at least 2.
 * @throws {ScheduleError} the loop is unknown, or cannot move inward.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, matmul, reorder, unrollAndJam } from "tinyloom";
 *
 * const nest = reorder(matmul({ m: 8, k: 8, n: 8 }), ["i", "k", "j"]);
 * assert.ok(count(unrollAndJam(nest, "i", 2)).loads < count(nest).loads);
 * ```
 *
 * @category Schedules
 */
export function unrollAndJam(nest: Nest, name: string, factor: number): Nest {
  const { axis } = findLoop(nest, name, "unroll and jam");
  const tiled = tile(nest, { [name]: factor });
  const outer = tiled.loops.find((loop) => !nest.loops.some((old) => old.name === loop.name))!;
  const others = nest.loops.map((loop) => loop.name).filter((each) => each !== name);
  const at = nest.loops.findIndex((loop) => loop.axis === axis && loop.name === name);
  const order = [...others.slice(0, at), outer.name, ...others.slice(at), name];
  return unroll(reorder(tiled, order), name, "full");
}
