import type { Nest } from "../nest/nest.ts";
import type { Step } from "../nest/step.ts";
import { applySteps } from "../schedule/apply_steps.ts";
import { ScheduleError } from "../schedule/schedule_error.ts";
import type { Judgement } from "./candidate.ts";
import { type Estimate, estimate } from "./estimate.ts";
import type { TuningCache } from "./tuning_cache.ts";
import type { Evaluator } from "./tune_options.ts";

/** What judging takes. */
export interface JudgeOptions {
  readonly plain: Nest;
  readonly fma: boolean;
  readonly evaluator: Evaluator;
  readonly cache: TuningCache | null;
}

// Counting tells no more than that: a schedule with this many times the least is slower.
const hopelessRatio = 3;

/** A judge of schedules: legality first, then counting, then what is known, then the clock. */
export function createJudge(options: JudgeOptions): (steps: readonly Step[]) => Promise<Judgement> {
  const { plain, fma, evaluator, cache } = options;
  let leastInstructions = Infinity;
  let bestNs: number | null = null;

  return async (steps) => {
    let nest: Nest;
    let cost: Estimate;
    try {
      nest = applySteps(plain, steps);
      cost = estimate(nest, { fma });
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      return { outcome: "illegal", minNs: null, instructions: null, reason: error.message };
    }
    const { instructions, reason } = cost;
    if (instructions === null) return { outcome: "hopeless", minNs: null, instructions, reason };
    if (instructions > hopelessRatio * leastInstructions) {
      const ratio = (instructions / leastInstructions).toFixed(1);
      const why = `${ratio} times the instructions of another candidate`;
      return { outcome: "hopeless", minNs: null, instructions, reason: why };
    }
    leastInstructions = Math.min(leastInstructions, instructions);
    const known = cache?.get(steps);
    const minNs = known ?? positive(await evaluator.evaluate(nest, { bestNs }), evaluator.name);
    if (known === undefined) await cache?.add(steps, minNs);
    bestNs = Math.min(bestNs ?? Infinity, minNs);
    return {
      outcome: known === undefined ? "timed" : "cached",
      minNs,
      instructions,
      reason: null,
    };
  };
}

function positive(minNs: number, name: string): number {
  if (minNs > 0 && minNs < Infinity) return minNs;
  throw new RangeError(`The evaluator "${name}" must return a time above 0 ns, found ${minNs}`);
}
