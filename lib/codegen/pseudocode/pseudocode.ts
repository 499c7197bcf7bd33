import { checkArguments } from "../../check_arguments.ts";
import { type Computation, isPipeline } from "../../nest/pipeline.ts";
import { pipelineLines } from "./pipeline_pseudocode.ts";
import { nestLines } from "./print_nest.ts";

/**
 * Prints a nest as lectures do: one line a loop, then the body; a pipeline as its stages, one after
 * the other.
 *
 * `for (j = tj; j < tj + 64; j++)` walks the tile that starts at `tj`; `C[i][j:j+4]` is a vector of
 * four; `c` (`acc` where there is an axis c) stands for elements of the target that stay in registers;
 * `Bp` for the packed copy of B, `Br` for neighbours of B in a register.
 *
 * @throws {ScheduleError} the schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, pseudocode, reorder } from "tinyloom";
 *
 * assert.equal(
 *   pseudocode(reorder(matmul({ m: 4, k: 8, n: 16 }), ["i", "k", "j"])),
 *   `for (i = 0; i < 4; i++)
 *   for (k = 0; k < 8; k++)
 *     for (j = 0; j < 16; j++)
 *       C[i][j] += A[i][k] * B[k][j]
 * `,
 * );
 * ```
 *
 * @category Code generation
 */
export function pseudocode(computation: Computation): string {
  checkArguments("pseudocode", { computation });
  const lines = isPipeline(computation)
    ? pipelineLines(computation, nestLines)
    : nestLines(computation);
  return lines.map((line) => line + "\n").join("");
}
