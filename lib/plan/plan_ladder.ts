import { planOptionNames } from "./plan_options.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import { lookedAfter } from "../host.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "./plan.ts";
import { planMemory } from "./plan_memory.ts";
import type { PlanOptions } from "./plan_options.ts";
import { type TechniqueName, techniqueNames } from "./techniques.ts";

/**
 * A rung of the ladder: what was added, and the plan with it and everything below.
 *
 * @category Planner
 */
export interface LadderRung {
  /** The technique added; null on the ground, where TensorFlow Lite Micro stands. */
  readonly technique: TechniqueName | null;
  /** The plan. */
  readonly plan: Plan;
}

/**
 * A plan for no technique, then for each one added to those before it, in the order of the ladder:
 * what each is worth on this model. Options hold for every rung; techniques not asked for are left
 * out of the ladder.
 *
 * @throws {RangeError} for an unknown technique or a number out of range.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planLadder, zoo } from "tinyloom";
 *
 * const ladder = planLadder(zoo("mlperf-tiny-kws"));
 * assert.equal(ladder[0].plan.peakBytes, 16_000);
 * assert.ok(ladder.at(-1)!.plan.peakBytes < 8_100);
 * ```
 *
 * @category Planner
 */
export function planLadder(model: Model, options: PlanOptions = {}): readonly LadderRung[] {
  checkOptions("planLadder", options, ...planOptionNames);
  checkArguments("planLadder", { model });
  const climbed = techniqueNames.filter((name) =>
    (options.techniques ?? techniqueNames).includes(name)
  );
  return lookedAfter(null, () => (
    [null, ...climbed].map((technique, rung) => ({
      technique,
      plan: planMemory(model, { ...options, techniques: climbed.slice(0, rung) }),
    }))
  ));
}
