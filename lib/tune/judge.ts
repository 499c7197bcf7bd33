import { countNest } from "../analyze/count.ts";
import type { Loop, Nest, Step } from "../nest/nest.ts";
import { applySteps } from "../schedule/apply_steps.ts";
import { dotGroup, elementsPerTurn } from "../schedule/dot_group.ts";
import { axisOf, reachOf, ScheduleError } from "../schedule/loops.ts";
import type { Judgement } from "./candidate.ts";
import type { Evaluator } from "./tune_options.ts";
import type { TuningCache } from "./tuning_cache.ts";

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

const vectorRegisters = 15;
const mostCopies = 2048;
const mostCodeBytes = 96 * 1024;

/** What running a schedule costs by counting, or why it is not worth compiling. */
type Estimate =
  | { readonly instructions: number; readonly reason: null }
  | { readonly instructions: null; readonly reason: string };

/**
 * Instructions that a scheduled nest executes, those for values that do not fit into V8's 15 vector
 * registers included: each costs a store and a load in every pass through the block. Counted, not
 * timed; good for telling the hopeless from the rest, not for choosing among the good.
 *
 * @throws {ScheduleError} the schedule is not legal.
 */
export function estimate(nest: Nest, { fma }: { readonly fma: boolean }): Estimate {
  const copies = nest.loops.reduce((product, loop) => product * copiesOf(nest, loop), 1);
  if (copies > mostCopies) {
    return refused(`unrolled into ${copies} copies of the body, more than ${mostCopies}`);
  }
  const counts = countNest(nest);
  if (counts.codeBytes > mostCodeBytes) {
    return refused(`${counts.codeBytes} bytes of code, more than ${mostCodeBytes}`);
  }
  const { live, block } = registersOf(nest, { fma });
  const spills = 2 * Math.max(0, live - vectorRegisters) * (counts.macs / block);
  const executed = counts.loads + counts.stores + counts.arithmetic + counts.addressUpdates +
    counts.loopTests + 2 * counts.packedElements;
  return { instructions: executed + spills, reason: null };
}

function refused(reason: string): Estimate {
  return { instructions: null, reason };
}

/** Bodies that one iteration of a loop's parent contains because of this loop. */
function copiesOf(nest: Nest, loop: Loop): number {
  if (loop.unroll === "full") return Math.ceil(reachOf(nest, loop) / elementsPerTurn(nest, loop));
  return loop.unroll;
}

/** Values that are alive at once in the block that is held, and MACs in one pass through it. */
function registersOf(nest: Nest, { fma }: { readonly fma: boolean }) {
  if (nest.accumulateAt === null) return { live: 0, block: 1 };
  const from = nest.loops.findIndex((loop) => loop.name === nest.accumulateAt);
  const held = nest.loops.slice(from).filter((loop) => axisOf(nest, loop).role === "space");
  const sides = held.map((loop) => Math.ceil(reachOf(nest, loop) / elementsPerTurn(nest, loop)));
  const sums = sides.reduce((product, side) => product * side, 1);
  // The inner side's operands stay for the whole pass, the outer side's one at a time.
  const operands = (sides.at(-1) ?? 1) + 1 + (fma ? 0 : 1);
  const lanes = nest.loops.find((loop) => loop.mode === "vector");
  return {
    live: sums + operands,
    block: sums * dotGroup(nest) * (lanes ? elementsPerTurn(nest, lanes) : 1),
  };
}
