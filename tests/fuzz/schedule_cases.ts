import fc from "fast-check";
import {
  applySteps,
  createPool,
  execute,
  type ExecuteOptions,
  interpret,
  type Nest,
  ScheduleError,
  type Step,
  type ThreadPool,
} from "tinyloom";
import { checkFinished } from "../../lib/schedule/legality.ts";
import { randomInputs } from "../codegen/random_data.ts";
import { randomNest } from "../codegen/random_nest.ts";
import { randomChoices, schedule } from "../codegen/random_schedule.ts";
import { runJavaScript } from "../codegen/run_javascript.ts";
import { type Kind, plainCase, plainValue, seedOf, withoutParts } from "./case.ts";

/** A nest without its schedule, the steps of one, and the seed of its inputs. */
export interface ScheduledNest {
  readonly plain: Nest;
  readonly steps: readonly Step[];
  readonly seed: number;
}

/** Random schedules of random nests, by every back end that is at hand. */
export function scheduleCases(): Kind {
  // Whoever makes cases only to count or to write them has no threads.
  let pool: ThreadPool | undefined;
  const started = () => pool ??= createPool(2);
  const caseOf = (nest: ScheduledNest) =>
    plainCase(nest, { run: (each) => trySchedule(each, started), smaller: fewerSteps });
  return {
    night: 50_000,
    make: (index, seed) => caseOf(scheduledNest(seedOf(index, seed))),
    read: (file) => caseOf(plainValue(file)),
    end: () => pool?.[Symbol.dispose](),
  };
}

/** The schedule of a seed. */
export function scheduledNest(seed: number): ScheduledNest {
  const [[plain, choices]] = fc.sample(fc.tuple(randomNest, randomChoices), { seed, numRuns: 1 });
  return { plain, steps: schedule(plain, choices).nest.steps, seed };
}

/** Fewer steps, as far as they are a schedule. */
export function* fewerSteps({ plain, steps, seed }: ScheduledNest): Generator<ScheduledNest> {
  for (const fewer of withoutParts(steps)) {
    try {
      checkFinished(applySteps(plain, fewer));
      yield { plain, steps: fewer, seed };
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
    }
  }
}

function trySchedule({ plain, steps, seed }: ScheduledNest, threads: () => ThreadPool): string {
  const nest = applySteps(plain, steps);
  const inputs = randomInputs(nest, seed);
  const output = plain.body.target.tensor;
  const expected = String(interpret(plain, inputs)[output]);
  const on = (how: ExecuteOptions) =>
    String(execute(nest, inputs, { ...how, relaxedDot: true })[output]);
  const isParallel = nest.loops.some(({ mode }) => mode === "parallel");
  const ways = {
    "one thread": () => on({}),
    "one thread, fused": () => on({ fma: true }),
    JavaScript: () => String(runJavaScript(nest, inputs)),
    ...isParallel && { "two threads": () => on({ pool: threads() }) },
  };
  for (const [way, compute] of Object.entries(ways)) {
    const found = compute();
    if (found !== expected) throw new Error(`${way}: ${differenceOf(found, expected)}`);
  }
  return plain.name;
}

/** The first element that differs, in words. */
export function differenceOf(found: string, expected: string): string {
  const [a, b] = [found.split(","), expected.split(",")];
  const at = b.findIndex((value, i) => value !== a[i]);
  return `element ${at} of ${b.length} is ${a[at]}, needed ${b[at]}`;
}
