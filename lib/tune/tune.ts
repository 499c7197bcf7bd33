import { watched } from "../host.ts";
import { formatDuration } from "../measure/format.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import project from "../../deno.json" with { type: "json" };
import { createPool, type ThreadPool } from "../codegen/thread_pool.ts";
import { environment } from "../measure/environment.ts";
import type { Measurement } from "../measure/measure.ts";
import { randomInputs } from "../measure/random.ts";
import { reference } from "../measure/timed_nest.ts";
import type { Nest, Step } from "../nest/nest.ts";
import type { Table } from "../npm/arrow.ts";
import { applySteps } from "../schedule/apply_steps.ts";
import { type Candidate, isTimed, type TimedCandidate, tuneTable } from "./candidate.ts";
import { scheduleSpace } from "./genome.ts";
import { createJudge } from "./judge.ts";
import { compareFinalists, type Finalist, machineEvaluator } from "./machine_evaluator.ts";
import { search, type SearchEnd } from "./search.ts";
import {
  type TuneOptions,
  type TuneProgress,
  type TuneSettings,
  tuneSettings,
} from "./tune_options.ts";
import { openTuningCache } from "./tuning_cache.ts";

/**
 * What a search found.
 *
 * @category Tuning
 */
export interface Tuned {
  /** The nest with the best schedule; as given when nothing was tried. */
  readonly best: Nest;
  /** Its schedule: replay it on the plain nest with `applySteps`. */
  readonly steps: readonly Step[];
  /** Every candidate in the order tried, one `TuneRow` each. */
  readonly table: Table;
  /** The best few timed against each other; null when aborted, or judged by another evaluator. */
  readonly measurement: Measurement | null;
  /** Why the search ended. */
  readonly ended: SearchEnd;
  /** What the caller should know besides, such as a line of the cache file that was dropped. */
  readonly notes: readonly string[];
}

const schemaVersion = 1;
const finalShare = 0.25;
const breathEveryMs = 50;

/**
 * Searches the schedules of a nest for the fastest on this machine.
 *
 * The space is a template that fits any nest: outer tiles of every axis, the order of all loops, a
 * register block of rows and columns, vectors along a space axis or a reduction, int8 pairs,
 * packing of each input at any loop, unrolling, a parallel loop. The nest's own schedule, if it has
 * one, is tried first, then some that are known to be good, then random ones, and then what evolves
 * from the best. Illegal schedules are refused by the language, hopeless ones by counting
 * instructions; the rest is run, compared with the plain nest, and timed shortly. In the end the
 * best few are measured against each other as by `bench`.
 *
 * With the same seed and times, the same candidates are tried in the same order.
 *
 * @throws {Error} a candidate computes something else; the message holds its schedule.
 * @throws {RangeError} an option is out of range.
 * @throws {FileInUseError} another process writes the cache file.
 * @throws {TypeError} the cache file is damaged or something else, or the pool does not fit.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { applySteps, count, matmul, tune } from "tinyloom";
 *
 * const nest = matmul({ m: 16, k: 16, n: 16 });
 * const evaluator = { name: "loads", evaluate: (each: typeof nest) => count(each).loads };
 * const { best, steps } = await tune(nest, { evaluator, evaluations: 20, seed: 7 });
 * assert.deepEqual(applySteps(nest, steps), best);
 * assert.ok(count(best).loads < count(nest).loads / 10);
 * ```
 *
 * @category Tuning
 */
export async function tune(nest: Nest, options: TuneOptions = {}): Promise<Tuned> {
  checkOptions(
    "tune",
    options,
    "seed budgetMs evaluations population threads fma pool cacheFile finalists peaks",
    "evaluator onProgress signal now",
  );
  checkArguments("tune", { nest });
  const { budgetMs: total } = tuneSettings(options);
  const state = ({ phase, evaluated, bestNs, elapsedMs }: TuneProgress) =>
    [
      elapsedMs,
      `${phase}: ${evaluated} schedules${
        bestNs === null ? "" : `, best ${formatDuration(bestNs)}`
      }`,
    ] as const;
  return await watched(
    options,
    { label: "tune", total, unit: "ms", state },
    (each) => tuneAll(nest, each),
  );
}

async function tuneAll(nest: Nest, options: TuneOptions): Promise<Tuned> {
  const settings = tuneSettings(options);
  const { threads, fma, now, signal, budgetMs } = settings;
  const startMs = now();
  const space = scheduleSpace(nest, { threads });
  const { plain } = space;
  const problem = lazy(() => {
    const inputs = randomInputs(plain, { seed: settings.seed });
    return { inputs, reference: reference(plain, inputs) };
  });
  using started = settings.evaluator || settings.pool || threads === 1
    ? undefined
    : createPool(threads);
  const pool: ThreadPool | undefined = settings.pool ?? started;
  const evaluator = settings.evaluator ?? machineEvaluator({ problem, fma, pool, now });
  using cache = settings.cacheFile === undefined
    ? null
    : await openTuningCache(settings.cacheFile, problemOf(plain, settings));
  const judge = createJudge({ plain, fma, evaluator, cache });

  const log: Candidate[] = [];
  let breathMs = startMs;
  const report = (phase: TuneProgress["phase"]): void => {
    const evaluated = log.filter(isTimed);
    settings.onProgress?.({
      phase,
      evaluated: evaluated.length,
      rejected: log.length - evaluated.length,
      bestNs: ranked(log)[0]?.minNs ?? null,
      elapsedMs: now() - startMs,
      budgetMs,
    });
  };
  const ended = await search(space, {
    ...settings,
    given: nest.steps.length > 0 ? nest.steps : null,
    judge: async (steps) => {
      if (now() - breathMs >= breathEveryMs) {
        // Lets timers, signals and the notebook's stop button have their turn.
        await new Promise((resolve) => setTimeout(resolve, 0));
        breathMs = now();
      }
      return await judge(steps);
    },
    ended: () => {
      if (signal?.aborted) return "aborted";
      const spent = now() - startMs >= budgetMs * (1 - finalShare);
      return spent && log.some(isTimed) ? "budget" : null;
    },
    onCandidate: (candidate) => {
      log.push(candidate);
      report("search");
    },
  });

  const finalists: readonly Finalist[] = finalistsOf(log, settings.finalists).map((each) => ({
    name: each.origin === "given" ? "given" : `candidate ${each.index}`,
    nest: applySteps(plain, each.steps),
    minNs: each.minNs,
  }));
  const compares = !settings.evaluator && ended !== "aborted" && finalists.length > 0;
  if (compares) report("measure");
  const compared = compares
    ? await compareFinalists(finalists, {
      ...settings,
      ...problem(),
      pool,
      budgetMs: budgetMs * finalShare,
    })
    : null;
  const quickest = ranked(log)[0];
  const best = compared?.best ?? (quickest ? applySteps(plain, quickest.steps) : nest);
  return {
    best,
    steps: best.steps,
    table: tuneTable(log, {
      macs: plain.axes.reduce((product, axis) => product * axis.extent, 1),
      ran: settings.evaluator === undefined,
      metadata: { schemaVersion, seed: settings.seed, ended, ...problemOf(plain, settings) },
    }),
    measurement: compared?.measurement ?? null,
    ended,
    notes: cache?.notes ?? [],
  };
}

/** Everything a time depends on besides the schedule. */
function problemOf(
  { name, shape, axes, tensors, body }: Nest,
  { fma, threads, evaluator }: TuneSettings,
): Readonly<Record<string, unknown>> {
  const { cpuModel, v8, v8Flags } = environment({ gitCommit: null });
  return {
    nest: { name, shape, axes, tensors, body },
    fma,
    threads,
    evaluator: evaluator?.name ?? "machine",
    machine: { cpuModel, v8, v8Flags },
    version: project.version,
  };
}

function ranked(log: readonly Candidate[]): readonly TimedCandidate[] {
  return log.filter(isTimed).toSorted((a, b) => a.minNs - b.minNs);
}

/** The best few, and what was given to improve on. */
function finalistsOf(log: readonly Candidate[], count: number): readonly TimedCandidate[] {
  const all = ranked(log);
  const best = all.slice(0, count);
  const given = all.find((each) => each.origin === "given");
  return given && !best.includes(given) ? [given, ...best] : best;
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
