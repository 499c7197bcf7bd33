import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Nest } from "../nest/nest.ts";
import { findLoop, ScheduleError } from "./loops.ts";
import { withStep } from "./with_step.ts";

/**
 * Where neighbours are loaded.
 *
 * @category Schedules
 */
export interface StageOptions {
  /**
   * The loop over tiles of a reduction, one of which is loaded at once: 8 of int8, 4 of float32; or,
   * where the tensor is packed, the innermost reduction loop.
   */
  readonly at: string;
}

/**
 * Loads the neighbours of an input that one iteration of a loop uses at once; they stay in a register,
 * from which each is repeated in all lanes of a vector where it is multiplied. So the input need not
 * be packed. At the end of the loop no element is loaded that is not used.
 *
 * Of a packed copy, the neighbours are those along the innermost loop that walks it, all of which one
 * iteration of `at` uses: rows of A, if the copy has them side by side.
 *
 * ```text
 * before                                  after stage(nest, "A", { at: "tk" })
 * for tk in steps of 4                    for tk in steps of 4
 *   C[i][j:j+4] += A[i][tk]   * B...        a = A[i][tk:tk+4]
 *   C[i][j:j+4] += A[i][tk+1] * B...        C[i][j:j+4] += a[tk]   * B...
 *   ...                                     C[i][j:j+4] += a[tk+1] * B...
 * ```
 *
 * @throws {ScheduleError} the tensor or loop is unknown, its elements are not side by side, or a loop
 * inside is not unrolled fully.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, matmul, reorder, stage, tile, unroll, vectorize } from "tinyloom";
 *
 * const tiled = tile(matmul({ m: 4, k: 16, n: 4 }), { k: 4 });
 * const ordered = reorder(tiled, ["i", "tk", "k", "j"]);
 * const nest = unroll(vectorize(ordered, "j"), "k", "full");
 * assert.equal(count(nest).loads - count(stage(nest, "A", { at: "tk" })).loads, 4 * 16 - 4 * 4);
 * ```
 *
 * @category Schedules
 */
export function stage(nest: Nest, name: string, options: StageOptions): Nest {
  checkOptions("stage", options, "at");
  checkArguments("stage", { nest });
  const { at } = options;
  const tensor = nest.tensors.find((each) => each.name === name && each.role === "input");
  if (!tensor) {
    const names = nest.tensors.filter(({ role }) => role === "input").map((each) => each.name);
    throw new ScheduleError(`Cannot stage "${name}": the inputs are ${names.join(", ")}`);
  }
  findLoop(nest, at, "stage at");
  if (nest.staged.some((each) => each.tensor === name)) {
    throw new ScheduleError(`Cannot stage "${name}": it is staged already`);
  }
  const staged = [...nest.staged, { tensor: name, at }];
  return withStep(nest, { op: "stage", tensor: name, at }, { staged });
}
