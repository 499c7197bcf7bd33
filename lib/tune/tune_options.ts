import type { ThreadPool } from "../codegen/thread_pool.ts";
import type { MachinePeaks } from "../measure/measure_peaks.ts";
import type { Nest } from "../nest/nest.ts";

/**
 * How candidates are judged when that is not by running them here.
 *
 * @category Tuning
 */
export interface Evaluator {
  /** Names the judge in the cache file: results of different judges are never mixed. */
  readonly name: string;
  /**
   * Nanoseconds of one run of a scheduled nest; an error ends the search.
   * `bestNs` is the best so far, null at first: what is far from it need not be known exactly.
   */
  readonly evaluate: (
    nest: Nest,
    options: { readonly bestNs: number | null },
  ) => number | Promise<number>;
}

/**
 * What the search is doing.
 *
 * @category Tuning
 */
export interface TuneProgress {
  /** `search` tries candidates, `measure` times the best ones against each other. */
  readonly phase: "search" | "measure";
  /** Candidates whose time is known so far, the cached ones included. */
  readonly evaluated: number;
  /** Candidates refused as illegal or hopeless so far. */
  readonly rejected: number;
  /** Time of the best so far; null before the first. */
  readonly bestNs: number | null;
  /** Time since the start. */
  readonly elapsedMs: number;
  /** The time there is in all. */
  readonly budgetMs: number;
}

/**
 * How to search; everything has a default.
 *
 * @category Tuning
 */
export interface TuneOptions {
  /** Fixes the sequence of candidates, given their times; a 32-bit integer, default 1. */
  readonly seed?: number;
  /** Time for everything, default 20,000 ms; a quarter of it is for the last comparison. */
  readonly budgetMs?: number;
  /** Most candidates whose time is found out, from the cache or by running; default no limit. */
  readonly evaluations?: number;
  /** Candidates that a generation descends from, default 24. */
  readonly population?: number;
  /** Threads that a loop may be spread over; default the pool's, else 1. */
  readonly threads?: number;
  /** Fuse multiply and add in float32 vectors; default true. See `compile`. */
  readonly fma?: boolean;
  /** Threads to use instead of starting new ones. */
  readonly pool?: ThreadPool;
  /**
   * JSON lines of what has been timed: read first, appended to after each candidate, so that a
   * search can go on where another ended. One file serves many nests and machines, one process
   * at a time; half a line at its end is dropped, and told in `notes`.
   */
  readonly cacheFile?: string;
  /** How many of the best are measured against each other at the end; default 6. */
  readonly finalists?: number;
  /** What the machine can do, for the share of the peak; from `measurePeaks`. */
  readonly peaks?: MachinePeaks;
  /** Another judge of candidates; then nothing is run and `measurement` is null. */
  readonly evaluator?: Evaluator;
  /** Called after each candidate; not throttled. */
  readonly onProgress?: (progress: TuneProgress) => void;
  /** Ends the search early; the best so far is returned. */
  readonly signal?: AbortSignal;
  /** The clock, in ms; default `performance.now`. */
  readonly now?: () => number;
}

/** The options with their defaults filled in. */
export type TuneSettings =
  & Required<Pick<TuneOptions, "seed" | "budgetMs" | "evaluations" | "population" | "threads">>
  & Required<Pick<TuneOptions, "fma" | "finalists" | "now">>
  & Pick<TuneOptions, "pool" | "cacheFile" | "peaks" | "evaluator" | "onProgress" | "signal">;

/**
 * Fills in the defaults and refuses what makes no sense.
 *
 * @throws {RangeError} a figure is out of range.
 * @throws {TypeError} the pool has another number of threads.
 */
export function tuneSettings(options: TuneOptions): TuneSettings {
  const { pool } = options;
  const settings: TuneSettings = {
    seed: 1,
    budgetMs: 20_000,
    evaluations: Infinity,
    population: 24,
    threads: pool?.threads ?? 1,
    fma: true,
    finalists: 6,
    now: () => performance.now(),
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  };
  const { seed, budgetMs, evaluations, population, threads, finalists } = settings;
  if (seed !== (seed | 0)) throw new RangeError(`seed is ${seed}, needs a 32-bit integer`);
  if (!(budgetMs > 0)) throw new RangeError(`budgetMs is ${budgetMs}, needs a number above 0`);
  if (evaluations !== Infinity) atLeast("evaluations", evaluations, 1);
  atLeast("population", population, 2);
  atLeast("finalists", finalists, 1);
  if (!Number.isInteger(threads) || threads < 1 || threads > 64) {
    throw new RangeError(`threads is ${threads}, needs an integer from 1 to 64`);
  }
  if (pool && pool.threads !== threads) {
    throw new TypeError(`threads is ${threads}, but the pool has ${pool.threads}`);
  }
  return settings;
}

function atLeast(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${name} is ${value}, needs an integer of at least ${least}`);
}
