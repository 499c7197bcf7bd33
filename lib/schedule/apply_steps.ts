import { checkArguments } from "../check_arguments.ts";
import type { Nest, Step } from "../nest/nest.ts";
import { accumulate } from "./accumulate.ts";
import { pack } from "./pack.ts";
import { parallel } from "./parallel.ts";
import { reorder } from "./reorder.ts";
import { stage } from "./stage.ts";
import { tile } from "./tile.ts";
import { unroll } from "./unroll.ts";
import { vectorize } from "./vectorize.ts";

/**
 * Replays a schedule on a nest: `nest.steps` of one nest, or steps read from JSON.
 *
 * @throws {ScheduleError} a step is not legal where it stands.
 * @throws {TypeError} a step is none of the language's.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { applySteps, matmul, reorder, tile } from "tinyloom";
 *
 * const plain = matmul({ m: 64, k: 64, n: 64 });
 * const scheduled = tile(reorder(plain, ["i", "k", "j"]), { j: 16 });
 * assert.deepEqual(applySteps(plain, scheduled.steps), scheduled);
 * ```
 *
 * @category Schedules
 */
export function applySteps(nest: Nest, steps: readonly Step[]): Nest {
  checkArguments("applySteps", { nest });
  if (!Array.isArray(steps)) {
    throw new TypeError(`A schedule must be an array of steps, found ${typeof steps}`);
  }
  return steps.reduce(applyStep, nest);
}

function applyStep(nest: Nest, step: Step, index: number): Nest {
  switch (step?.op) {
    case "reorder":
      return reorder(nest, checked(step.order, Array.isArray, `order of step ${index}`));
    case "tile":
      return tile(nest, checked(step.sizes, isRecord, `sizes of step ${index}`), {
        names: step.names,
      });
    case "unroll":
      return unroll(nest, step.axis, step.factor);
    case "vectorize":
      return vectorize(nest, step.axis, {
        dot: step.dot,
        reduction: step.reduction,
        lanes: step.lanes,
      });
    case "parallel":
      return parallel(nest, step.axis);
    case "pack":
      return pack(nest, step.tensor, { at: step.at ?? undefined, dtype: step.dtype });
    case "stage":
      return stage(nest, step.tensor, { at: step.at });
    case "accumulate":
      return accumulate(nest, step.at);
    default:
      throw new TypeError(
        `Step ${index} must have an op of reorder, tile, unroll, vectorize, parallel, pack, stage ` +
          `or accumulate, found ${JSON.stringify(step)}`,
      );
  }
}

function checked<T>(value: T, test: (value: unknown) => boolean, what: string): T {
  if (test(value)) return value;
  throw new TypeError(`The ${what} has the wrong form: ${JSON.stringify(value)}`);
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
