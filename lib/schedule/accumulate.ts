import { checkArguments } from "../check_arguments.ts";
import type { Nest } from "../nest/nest.ts";
import { axisOf, findLoop, ScheduleError } from "./loops.ts";
import { withStep } from "./with_step.ts";

/**
 * Keeps the elements of the target in registers while a reduction loop runs: they are loaded before
 * it and stored after it, not in every iteration. Loops of the target's index inside it must be
 * fully unrolled, since a register has no address.
 *
 * ```text
 * before                              after accumulate(nest, "k")
 * for i                               for i
 *   for j                               for j
 *     for k                               c = C[i][j]
 *       C[i][j] += A[i][k] * B[k][j]      for k
 *                                           c += A[i][k] * B[k][j]
 *                                         C[i][j] = c
 * ```
 *
 * @throws {ScheduleError} the loop is unknown, is no reduction, or encloses a loop that walks the
 * target.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { accumulate, count, matmul } from "tinyloom";
 *
 * const nest = matmul({ m: 4, k: 8, n: 4 });
 * assert.equal(count(nest).stores, 128);
 * assert.equal(count(accumulate(nest, "k")).stores, 16);
 * ```
 *
 * @category Schedules
 */
export function accumulate(nest: Nest, name: string): Nest {
  checkArguments("accumulate", { nest });
  const loop = findLoop(nest, name, "accumulate during");
  if (axisOf(nest, loop).role !== "reduction") {
    throw new ScheduleError(
      `Cannot accumulate during "${name}": it walks ${nest.body.target.tensor}; take a reduction loop`,
    );
  }
  if (nest.accumulateAt !== null) {
    throw new ScheduleError(
      `Cannot accumulate during "${name}": "${nest.accumulateAt}" already does`,
    );
  }
  return withStep(nest, { op: "accumulate", at: name }, { accumulateAt: name });
}
