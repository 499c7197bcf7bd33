import { checkArguments } from "../check_arguments.ts";
import type { Nest } from "../nest/nest.ts";
import { findLoop, ScheduleError } from "./loops.ts";
import { withStep } from "./with_step.ts";

/**
 * Spreads the iterations of a loop over threads, each taking one contiguous share.
 *
 * Loops outside it run in every thread; a copy packed outside it is made by all threads together,
 * a copy packed inside it is each thread's own. Results do not depend on the number of threads.
 *
 * ```text
 * before                              after parallel(nest, "i")
 * for i                               parallel for i
 *   for j                               for j
 * ```
 *
 * @throws {ScheduleError} the loop is unknown, carries the reduction, or another is parallel.
 *
 * @example
 * ```ts
 * import { matmul, parallel } from "tinyloom";
 *
 * parallel(matmul({ m: 8, k: 8, n: 8 }), "i");
 * ```
 *
 * @category Schedules
 */
export function parallel(nest: Nest, name: string): Nest {
  checkArguments("parallel", { nest });
  const loop = findLoop(nest, name, "parallelize");
  if (loop.mode !== "serial" || loop.unroll !== 1) {
    throw new ScheduleError(
      `Cannot run "${name}" in parallel: it is already unrolled, vectorized or parallel`,
    );
  }
  const loops = nest.loops.map((each) =>
    each === loop ? { ...each, mode: "parallel" as const } : each
  );
  return withStep(nest, { op: "parallel", axis: name }, { loops });
}
