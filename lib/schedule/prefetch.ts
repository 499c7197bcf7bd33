import { checkArguments, checkOptions, checkWhole } from "../check_arguments.ts";
import type { Nest } from "../nest/nest.ts";
import { findLoop, ScheduleError } from "./loops.ts";
import { withStep } from "./with_step.ts";

/**
 * What is asked for, and when.
 *
 * @category Schedules
 */
export interface PrefetchOptions {
  /** The loop at the start of whose body the elements of a later iteration are asked for. */
  readonly at: string;
  /** How many iterations later; default 1. */
  readonly ahead?: number;
}

/**
 * Asks for the elements of a tensor that a later iteration of a loop uses, so that they are in the
 * cache when it comes: for what a processor does not foresee by itself, such as the rows of a block of
 * C. Of a packed tensor the copy's are asked for. Nothing else changes: results and counts are the same.
 *
 * Only C has an instruction for it ({@link toC}, {@link compileNative}, with GCC and Clang):
 * WebAssembly and JavaScript have none, and the step changes nothing there.
 *
 * ```text
 * before                              after prefetch(nest, "C", { at: "tj" })
 * for i                               for i
 *   for tj in steps of 16               for tj in steps of 16
 *     for k                               prefetch C[i][tj+16:tj+32]
 *       for j                             for k
 *         C[i][j] += A[i][k] * B[k][j]      for j
 *                                             C[i][j] += A[i][k] * B[k][j]
 * ```
 *
 * @throws {RangeError} `ahead` is not a whole number of at least 1.
 * @throws {ScheduleError} the tensor or loop is unknown, the loop leaves none or does not move through
 * the tensor, or an iteration uses more than 64 lines of 64 bytes of it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, prefetch, reorder, tile, toC } from "tinyloom";
 *
 * const nest = reorder(tile(matmul({ m: 8, k: 8, n: 64 }), { j: 16 }), ["i", "tj", "k", "j"]);
 * assert.match(toC(prefetch(nest, "C", { at: "tj" })), /prefetch\(/);
 * ```
 *
 * @category Schedules
 */
export function prefetch(nest: Nest, name: string, options: PrefetchOptions): Nest {
  checkOptions("prefetch", options, "at ahead");
  checkArguments("prefetch", { nest });
  const { at, ahead = 1 } = options;
  checkWhole({ ahead });
  if (!nest.tensors.some((tensor) => tensor.name === name)) {
    const names = nest.tensors.map((tensor) => tensor.name);
    throw new ScheduleError(`Cannot prefetch "${name}": the tensors are ${names.join(", ")}`);
  }
  findLoop(nest, at, "prefetch at");
  if (nest.prefetched.some((each) => each.tensor === name)) {
    throw new ScheduleError(`Cannot prefetch "${name}": it is prefetched already`);
  }
  const prefetched = [...nest.prefetched, { tensor: name, at, ahead }];
  const step = { op: "prefetch", tensor: name, at, ...(ahead !== 1 && { ahead }) } as const;
  return withStep(nest, step, { prefetched });
}
