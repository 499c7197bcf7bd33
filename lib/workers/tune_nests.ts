import { checkOptions, checkWhole } from "../check_arguments.ts";
import type { MeasureProgress } from "../measure/measure_options.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { timingRows } from "../measure/timing_row.ts";
import type { Nest } from "../nest/nest.ts";
import { type Table, tableFromIPC } from "../npm/arrow.ts";
import type { Workers } from "../tinynas/workers.ts";
import type { Tuned } from "../tune/tune.ts";
import type { TuneOptions, TuneProgress } from "../tune/tune_options.ts";
import {
  allOrNone,
  doPieces,
  gainOf,
  type GainTask,
  joinTables,
  tunedThere,
  type TunedWithGain,
  type tuneHere,
  type TuneTask,
  tuneWithGain,
} from "./timing_tasks.ts";

/**
 * How to tune nests.
 *
 * @category Many machines
 */
export interface TuneNestsOptions
  extends Pick<TuneOptions, "seed" | "evaluations" | "threads" | "fma" | "cacheFile"> {
  /** Searches for each nest, with `seed` and the seeds after it; 1 if left out. */
  readonly seeds?: number;
  /** Time for each search, an eighth of it for comparing; 20,000 ms if left out. */
  readonly budgetMs?: number;
  /** Tune, as `connectWorkers` gives them; this process does, one after the other, if left out. */
  readonly machines?: Workers;
  /** Ends it: nests that are done are returned, of a search in this process the best so far. */
  readonly signal?: AbortSignal;
  /** Called now and then by a search in this process. */
  readonly onProgress?: (progress: TuneProgress | MeasureProgress) => void;
  /** Called after each search and each comparison with how many are done. */
  readonly onDone?: (count: number) => void;
}

/**
 * What was found for a nest.
 *
 * @category Many machines
 */
export interface TunedNest extends Pick<Tuned, "best" | "steps" | "table" | "ended" | "notes"> {
  /** As it was given. */
  readonly name: string;
  /** Of the search that found it. */
  readonly seed: number;
  /** The best few of that search timed against each other; null when it was ended before. */
  readonly measurement: { readonly table: Table } | null;
  /** The plain loops, `naive`, against the best or the best of each seed; null where nothing was found. */
  readonly gain: Table | null;
}

/** For the comparison with the plain loops. */
const GAIN_SHARE = 0.15;

/**
 * Tunes several nests, with several seeds each, on whichever machines are free: a task for each search,
 * nothing beside it. A search and all that it times is on one machine. Of several seeds the winners are
 * timed against each other and the plain loops on one machine again, which chooses.
 *
 * Without machines, the searches run here one after the other, as {@linkcode tune} does.
 *
 * @throws {DOMException} named `AbortError` if the signal fires before a nest is done.
 * @throws {Error} a candidate computes something else, or its task failed three times on machines.
 * @throws {RangeError} an option is out of range.
 * @throws {TypeError} there are no nests; or `cacheFile` is given, which is of this machine, and machines.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, timingRows, tuneNests } from "tinyloom";
 *
 * // On many machines: await using machines = await connectWorkers({ servers }), and { machines }.
 * const nests = { small: matmul({ m: 8, k: 8, n: 8 }) };
 * const [{ name, gain }] = await tuneNests(nests, { seeds: 2, evaluations: 3, budgetMs: 100 });
 * assert.equal(name, "small");
 * assert.deepEqual(timingRows(gain!).map(({ kernel }) => kernel), ["naive", "seed 1", "seed 2"]);
 * ```
 *
 * @category Many machines
 */
export async function tuneNests(
  nests: Readonly<Record<string, Nest>>,
  options: TuneNestsOptions = {},
): Promise<readonly TunedNest[]> {
  checkOptions(
    "tuneNests",
    options,
    "seed evaluations threads fma cacheFile seeds budgetMs machines signal onProgress onDone",
  );
  const { seeds = 1, machines, cacheFile, signal } = options;
  checkWhole({ seeds });
  const named = Object.entries(nests);
  if (named.length === 0) throw new TypeError("There are no nests to tune, needed at least one");
  if (machines !== undefined && cacheFile !== undefined) {
    throw new TypeError("cacheFile keeps times of this machine, and goes without machines");
  }
  let count = 0;
  const each = { ...options, onDone: () => options.onDone?.(++count) };
  const tuned: (TunedNest | null)[] = [];
  if (machines === undefined) {
    for (const [name, nest] of named) {
      if (!signal?.aborted) tuned.push(await tunedHere(name, nest, each));
    }
  } else tuned.push(...await tunedOn(named, { ...each, machines }));
  const whole = tuned.filter((nest) => nest !== null);
  if (whole.length === 0) signal?.throwIfAborted();
  return whole;
}

async function tunedHere(
  name: string,
  nest: Nest,
  options: TuneNestsOptions & { readonly onDone: () => void },
): Promise<TunedNest> {
  const { signal, onProgress, onDone } = options;
  const hooks = { signal, onProgress };
  const found: TunedWithGain[] = [];
  const tasks = searchesOf(nest, options);
  for (const task of tasks) {
    if (found.length > 0 && signal?.aborted) break;
    found.push(await tuneWithGain(task, hooks));
    onDone();
  }
  const seeds = tasks.map((task) => task.options.seed!);
  const comparison = signal?.aborted ? null : comparisonOf(nest, found, { seeds, options });
  const gain = comparison && await gainOf(comparison, hooks);
  if (gain) onDone();
  return chosen(name, found, { seeds, gain });
}

/** All searches of all nests at once; what is found of a nest is compared as soon as its last one ends. */
async function tunedOn(
  named: readonly (readonly [string, Nest])[],
  options: TuneNestsOptions & { readonly machines: Workers; readonly onDone: () => void },
): Promise<readonly (TunedNest | null)[]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...options.signal ? [options.signal] : []]);
  const how = { machines: options.machines, signal, onDone: options.onDone };
  return await allOrNone(named.map(async ([name, nest]) => {
    try {
      const tasks = searchesOf(nest, options);
      const seeds = tasks.map((task) => task.options.seed!);
      const pieces = tasks.map((task) => ({ name: `${name}, seed ${task.options.seed}`, task }));
      const answers = await doPieces<Awaited<ReturnType<typeof tuneHere>>>(pieces, how);
      const found = answers.filter((answer) => answer !== null).map(tunedThere);
      if (found.length < seeds.length) return null;
      const task = comparisonOf(nest, found, { seeds, options });
      if (task === null) return chosen(name, found, { seeds, gain: null });
      const [gain] = await doPieces<Uint8Array>([{ name, task }], how);
      return gain && chosen(name, found, { seeds, gain: tableFromIPC(gain) });
    } catch (error) {
      failed.abort();
      throw error;
    }
  }));
}

/** A search for each seed; a single one compares its winner with the plain loops itself. */
function searchesOf(
  nest: Nest,
  { seed = 1, seeds = 1, budgetMs = 20_000, ...options }: TuneNestsOptions,
): readonly TuneTask[] {
  const { evaluations, threads, fma, cacheFile } = options;
  return Array.from({ length: seeds }, (_, i): TuneTask => ({
    kind: "tune",
    nest,
    options: {
      seed: seed + i,
      budgetMs: (1 - GAIN_SHARE) * budgetMs,
      gainMs: seeds === 1 ? GAIN_SHARE * budgetMs : 0,
      ...(evaluations !== undefined && { evaluations }),
      ...(threads !== undefined && { threads }),
      ...(fma !== undefined && { fma }),
      ...(cacheFile !== undefined && { cacheFile }),
    },
  }));
}

interface Compared {
  readonly seeds: readonly number[];
  readonly options: TuneNestsOptions;
}

/** The comparison of several winners; null where there is nothing to compare. */
function comparisonOf(
  nest: Nest,
  found: readonly TunedWithGain[],
  { seeds, options }: Compared,
): GainTask | null {
  const { seed = 1, budgetMs = 20_000, threads, fma } = options;
  const winners = found.map(({ best, steps }, i) => [`seed ${seeds[i]}`, best, steps] as const)
    .filter(([, , steps]) => steps.length > 0);
  if (found.length < 2 || winners.length === 0) return null;
  return {
    kind: "gain",
    nest,
    schedules: Object.fromEntries(winners),
    options: {
      seed,
      ...(threads !== undefined && { threads }),
      ...(fma !== undefined && { fma }),
      // As much for each as a single one and the plain loops have.
      budgetMs: GAIN_SHARE * budgetMs * (winners.length + 1) / 2,
    },
  };
}

/** The winner that took the least time, and the log of all searches. */
function chosen(
  name: string,
  found: readonly TunedWithGain[],
  { seeds, gain }: Pick<Compared, "seeds"> & { readonly gain: Table | null },
): TunedNest {
  const ranked = gain === null
    ? []
    : timingRows(gain).filter(({ kernel }) => kernel !== "naive").toSorted((a, b) =>
      a.minNs - b.minNs
    );
  const at = Math.max(0, seeds.findIndex((seed) => `seed ${seed}` === ranked[0]?.kernel));
  if (found.length === 1) return { ...found[0], name, seed: seeds[0] };
  const logs = found.map(({ table }, i) => withColumn(table, { seed: seeds[i] }));
  return { ...found[at], name, seed: seeds[at], gain, table: joinTables(logs) };
}

/** A table whose rows all tell the same before everything else. */
export function withColumn(table: Table, about: Readonly<Record<string, unknown>>): Table {
  const column = tableFromRows(Array.from({ length: table.numRows }, () => about));
  return column.assign(table);
}
