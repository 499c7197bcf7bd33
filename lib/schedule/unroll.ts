import { checkArguments } from "../check_arguments.ts";
import type { Nest } from "../nest/nest.ts";
import { findLoop, ScheduleError } from "./loops.ts";
import { reorder } from "./reorder.ts";
import { tile } from "./tile.ts";
import { withStep } from "./with_step.ts";

/**
 * Repeats a loop's body `factor` times per iteration, so that there are fewer loop tests; iterations
 * that are left over run one by one. `"full"` leaves no loop at all.
 *
 * On a vectorized loop an iteration is one vector.
 *
 * ```text
 * before                              after unroll(nest, "j", 4)
 * for j                               for j in steps of 4
 *   C[i][j] += A[i][k] * B[k][j]        C[i][j + 0] += A[i][k] * B[k][j + 0]
 *                                       C[i][j + 1] += A[i][k] * B[k][j + 1]
 *                                       C[i][j + 2] += A[i][k] * B[k][j + 2]
 *                                       C[i][j + 3] += A[i][k] * B[k][j + 3]
 * ```
 *
 * @throws {RangeError} the factor is neither an integer of at least 2 nor `"full"`.
 * @throws {ScheduleError} the loop is unknown, or unrolled already.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, matmul, unroll } from "tinyloom";
 *
 * const nest = matmul({ m: 8, k: 8, n: 8 });
 * assert.equal(count(nest).innermost.loopTests, 512);
 * assert.equal(count(unroll(nest, "k", 4)).innermost.loopTests, 128);
 * ```
 *
 * @category Schedules
 */
export function unroll(nest: Nest, name: string, factor: number | "full"): Nest {
  checkArguments("unroll", { nest });
  const loop = findLoop(nest, name, "unroll");
  if (factor !== "full" && (!Number.isInteger(factor) || factor < 2 || factor > 1024)) {
    throw new RangeError(
      `An unroll factor must be an integer from 2 to 1024 or "full", found ${factor}`,
    );
  }
  if (loop.unroll !== 1) {
    throw new ScheduleError(
      `Cannot unroll "${name}" by ${factor}: it is already unrolled by ${loop.unroll}`,
    );
  }
  if (loop.mode === "parallel") {
    throw new ScheduleError(`Cannot unroll "${name}": its iterations are spread over threads`);
  }
  const loops = nest.loops.map((each) => each === loop ? { ...loop, unroll: factor } : each);
  return withStep(nest, { op: "unroll", axis: name, factor }, { loops });
}

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
  checkArguments("unrollAndJam", { nest });
  const { axis } = findLoop(nest, name, "unroll and jam");
  const tiled = tile(nest, { [name]: factor });
  const outer = tiled.loops.find((loop) => !nest.loops.some((old) => old.name === loop.name))!;
  const others = nest.loops.map((loop) => loop.name).filter((each) => each !== name);
  const at = nest.loops.findIndex((loop) => loop.axis === axis && loop.name === name);
  const order = [...others.slice(0, at), outer.name, ...others.slice(at), name];
  return unroll(reorder(tiled, order), name, "full");
}
