import { checkArguments } from "../check_arguments.ts";
import type { Nest } from "../nest/nest.ts";
import { findLoop, ScheduleError } from "./loops.ts";
import { withStep } from "./with_step.ts";

/**
 * Changes which loop runs inside which.
 *
 * `order` names loops from the outermost to the innermost; loops it leaves out keep their places.
 *
 * ```text
 * before                              after reorder(nest, ["i", "k", "j"])
 * for i                               for i
 *   for j                               for k
 *     for k                               for j
 *       C[i][j] += A[i][k] * B[k][j]        C[i][j] += A[i][k] * B[k][j]
 * ```
 *
 * The order of additions into one element changes only if two loops of reduction axes change places.
 *
 * @throws {ScheduleError} a loop is unknown or named twice, or a tile's loop would leave its tile.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, reorder } from "tinyloom";
 *
 * const nest = reorder(matmul({ m: 2, k: 3, n: 4 }), ["i", "k", "j"]);
 * assert.deepEqual(nest.loops.map((loop) => loop.name), ["i", "k", "j"]);
 * ```
 *
 * @category Schedules
 */
export function reorder(nest: Nest, order: readonly string[]): Nest {
  checkArguments("reorder", { nest });
  order.forEach((name, at) => {
    findLoop(nest, name, "reorder");
    if (order.indexOf(name) !== at) {
      throw new ScheduleError(`Cannot reorder: "${name}" is named twice in ${order.join(", ")}`);
    }
  });
  const queue = order.map((name) => findLoop(nest, name, "reorder"));
  const loops = nest.loops.map((loop) => order.includes(loop.name) ? queue.shift()! : loop);
  return withStep(nest, { op: "reorder", order: [...order] }, { loops });
}
