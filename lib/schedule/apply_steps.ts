import { checkArguments } from "../check_arguments.ts";
import {
  anyNumber,
  dictionary,
  either,
  flag,
  type Form,
  list,
  oneOf,
  optional,
  orNull,
  readForm,
  record,
  tagged,
  text,
} from "../form.ts";
import type { Nest, Step } from "../nest/nest.ts";
import { accumulate } from "./accumulate.ts";
import { pack } from "./pack.ts";
import { parallel } from "./parallel.ts";
import { prefetch } from "./prefetch.ts";
import { reorder } from "./reorder.ts";
import { stage } from "./stage.ts";
import { tile } from "./tile.ts";
import { unroll } from "./unroll.ts";
import { vectorize } from "./vectorize.ts";

/**
 * Replays a schedule on a nest: `nest.steps` of one nest, or steps read from JSON.
 *
 * @throws {ScheduleError} a step is not legal where it stands; of RangeErrors and these the message
 *   begins with the step's path: `$` is the schedule, `$[2]` its third step.
 * @throws {TypeError} a step is none of the language's, with the path to the field: `$[2].sizes.i`.
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
  const wrong = scheduleForm(steps, "$");
  if (wrong !== null) throw new TypeError(`This is no schedule: ${wrong}`);
  return steps.reduce((each, step, index) => {
    try {
      return applyStep(each, step);
    } catch (error) {
      if (error instanceof Error) error.message = `$[${index}]: ${error.message}`;
      throw error;
    }
  }, nest);
}

/**
 * A schedule from JSON.
 *
 * @throws {TypeError} the text holds none, with the path to the field.
 */
export function readSchedule(json: string): readonly Step[] {
  return readForm(json, { kind: "a schedule", form: scheduleForm });
}

const names = list(text);

/** The form of a schedule; what its numbers and names may be depends on the nest. */
export const scheduleForm: Form = list(tagged("op", {
  reorder: record({ order: names }),
  tile: record({ sizes: dictionary(anyNumber), names: optional(dictionary(text)) }),
  unroll: record({ axis: text, factor: either(anyNumber, oneOf("full")) }),
  vectorize: record({
    axis: text,
    dot: optional(text),
    reduction: optional(flag),
    lanes: optional(anyNumber),
  }),
  parallel: record({ axis: text }),
  pack: record({ tensor: text, at: optional(orNull(text)), dtype: optional(text) }),
  stage: record({ tensor: text, at: text }),
  prefetch: record({ tensor: text, at: text, ahead: optional(anyNumber) }),
  accumulate: record({ at: text }),
}));

function applyStep(nest: Nest, step: Step): Nest {
  switch (step.op) {
    case "reorder":
      return reorder(nest, step.order);
    case "tile":
      return tile(nest, step.sizes, { names: step.names });
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
    case "prefetch":
      return prefetch(nest, step.tensor, { at: step.at, ahead: step.ahead });
    case "accumulate":
      return accumulate(nest, step.at);
  }
}
