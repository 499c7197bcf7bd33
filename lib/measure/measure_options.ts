import type { EnvironmentOptions } from "./environment.ts";
import type { Timed } from "./timed_nest.ts";

/**
 * What the run is doing now.
 *
 * @category Measurement
 */
export interface MeasureProgress {
  /** The step of the method. */
  readonly phase: "verify" | "warm" | "time";
  /** The variant at hand. */
  readonly name: string;
  /** Variants verified or warmed, or samples taken, so far. */
  readonly done: number;
  /** Time since the start. */
  readonly elapsedMs: number;
  /** The time there is in all. */
  readonly budgetMs: number;
}

/**
 * How to measure; everything has a default.
 *
 * @category Measurement
 */
export interface MeasureOptions {
  /** Fixes the order of samples and the bootstrap; a 32-bit integer, default 1. */
  readonly seed?: number;
  /** Most samples a variant gets, default 200. */
  readonly runs?: number;
  /**
   * Time for everything, default 10,000 ms. Slow variants get fewer samples, but each is verified
   * and sampled once whatever that takes; three times where that is a twentieth of the budget at most.
   */
  readonly budgetMs?: number;
  /** Name of the variant that speed-ups refer to; default the first. */
  readonly baseline?: string;
  /** A variant is done when its speed-up is known within this share either way; default 0.01. */
  readonly tightness?: number;
  /** No variant is done before timing has gone on this long, so that a burst passes; default 1000. */
  readonly settleMs?: number;
  /** Shortest sample; quicker runs are timed in batches; default 1 ms. */
  readonly minSampleMs?: number;
  /** Shortest and longest warm-up of one variant; default 50 and 1000 ms. */
  readonly warmUp?: { readonly minMs: number; readonly maxMs: number };
  /** The machine's measured peak for work like this, in 10^9 MACs a second; null if unknown. */
  readonly peakGmacPerS?: (timed: Timed) => number | null;
  /** Facts for the record that the caller knows better. */
  readonly environment?: EnvironmentOptions;
  /** Called before each step; not throttled. */
  readonly onProgress?: (progress: MeasureProgress) => void;
  /** Ends the run early; what was measured until then is returned. */
  readonly signal?: AbortSignal;
  /** The clock, in ms; default `performance.now`. */
  readonly now?: () => number;
}

/** What a measurement may take unless told otherwise. */
export const DEFAULT_BUDGET_MS = 10_000;
/** The names of all but the baseline and the peak, which callers may choose themselves. */
export const measuringNames =
  "seed runs budgetMs tightness settleMs minSampleMs warmUp environment onProgress signal now";

/** The options with their defaults filled in. */
export type MeasureSettings =
  & Required<Omit<MeasureOptions, "onProgress" | "signal" | "baseline">>
  & Pick<MeasureOptions, "onProgress" | "signal">
  & { readonly baseline: string };

/**
 * Fills in the defaults and refuses what makes no sense.
 *
 * @throws {RangeError} if a figure is out of range or the baseline is not among the variants.
 * @throws {TypeError} if there is nothing to time or two variants cannot be told apart.
 */
export function measureSettings(
  timed: readonly Timed[],
  options: MeasureOptions,
): MeasureSettings {
  if (timed.length === 0) throw new TypeError("Nothing to time: the list of variants is empty");
  const keys = timed.map(({ name, shape, dtype, threads }) =>
    `${name} (${shape}, ${dtype}, ${threads} threads)`
  );
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new TypeError(`Two variants cannot be told apart: ${twice}`);
  const settings: MeasureSettings = {
    seed: 1,
    runs: 200,
    budgetMs: DEFAULT_BUDGET_MS,
    tightness: 0.01,
    settleMs: 1000,
    minSampleMs: 1,
    warmUp: { minMs: 50, maxMs: 1000 },
    peakGmacPerS: () => null,
    environment: {},
    now: () => performance.now(),
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    baseline: options.baseline ?? timed[0].name,
  };
  const names = [...new Set(timed.map(({ name }) => name))];
  if (!names.includes(settings.baseline)) {
    throw new RangeError(`baseline "${settings.baseline}" is not among ${names.join(", ")}`);
  }
  if (settings.seed !== (settings.seed | 0)) {
    throw new RangeError(`seed is ${settings.seed}, needs a 32-bit integer`);
  }
  if (!Number.isInteger(settings.runs) || settings.runs < 1) {
    throw new RangeError(`runs is ${settings.runs}, needs an integer of at least 1`);
  }
  positive("budgetMs", settings.budgetMs);
  positive("tightness", settings.tightness);
  positive("minSampleMs", settings.minSampleMs);
  return settings;
}

function positive(name: string, value: number): void {
  if (!(value > 0)) throw new RangeError(`${name} is ${value}, needs a number above 0`);
}
