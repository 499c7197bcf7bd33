import { watched } from "../host.ts";
import { checkOptions } from "../check_arguments.ts";
import type { Table } from "../npm/arrow.ts";
import { environment } from "./environment.ts";
import {
  DEFAULT_BUDGET_MS,
  type MeasureOptions,
  type MeasureProgress,
  type MeasureSettings,
  measureSettings,
  measuringNames,
} from "./measure_options.ts";
import { sampleAll, type Series } from "./sampler.ts";
import { tableFromRows } from "./table_from_rows.ts";
import type { Timed, Verification } from "./timed_nest.ts";
import { timingColumns, timingRow } from "./timing_row.ts";
import { warmUp } from "./warm_up.ts";

/**
 * What a run measured.
 *
 * @category Measurement
 */
export interface Measurement {
  /** The timing record: a row for each variant and shape, the circumstances in its metadata. */
  readonly table: Table;
  /** Every sample: kernel, shape, dtype, threads, round, batch, ns. */
  readonly samples: Table;
}

/**
 * The version of the timing record's columns and metadata.
 *
 * @category Measurement
 */
export const timingSchemaVersion = 1;

/**
 * Times variants against each other, so that the result repeats.
 *
 * Every variant is verified first and warmed until V8's optimised code is in. Then all are sampled
 * in rounds, each round in a random order fixed by the seed; a sample is a batch of runs that takes
 * at least 1 ms. It ends when every speed-up is known to 1 %, or `runs` or `budgetMs` is used up.
 *
 * Speed-ups and `gmacPerS` come from minima: other work on the machine only ever adds time, so the
 * least disturbed sample is what repeats; the median beside it tells what a run took under the load
 * there was. Intervals (95 %) come from a seeded block bootstrap of those minima, of fewer than ten
 * samples from their order alone; after a single sample there is none. Whether the machine was busy,
 * `cautions` says.
 *
 * @example
 * ```ts
 * import { measure, timingRows } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const variant = (name: string, run: () => void) => ({
 *   name, shape: "1000", dtype: "float64", schedule: [], threads: 1, macs: 1000,
 *   verify: () => ({ verified: true, checksum: "", maxError: 0, tolerance: 0 }),
 *   warm: run, run,
 * });
 * const values = new Float64Array(1000).fill(1);
 * const { table } = await measure([
 *   variant("loop", () => { for (let i = 0; i < 1000; i++) values[i] *= 1.0001; }),
 *   variant("map", () => { values.map((value) => value * 1.0001); }),
 * ], { budgetMs: 100, environment: { gitCommit: null } });
 * assert.deepEqual(timingRows(table).map((row) => row.kernel), ["loop", "map"]);
 * ```
 *
 * @throws {Error} if a variant's output is wrong; nothing is timed then.
 * @throws {RangeError} if an option is out of range or names a baseline that is not there.
 * @throws {TypeError} if there is nothing to time or two variants cannot be told apart.
 *
 * @category Measurement
 */
export async function measure(
  timed: readonly Timed[],
  options: MeasureOptions = {},
): Promise<Measurement> {
  checkOptions("measure", options, "baseline peakGmacPerS", measuringNames);
  const total = options.budgetMs ?? DEFAULT_BUDGET_MS;
  const state = ({ phase, name, elapsedMs }: MeasureProgress) =>
    [elapsedMs, `${phase} ${name}`] as const;
  return await watched(
    options,
    { label: "measure", total, unit: "ms", state },
    (each) => measureAll(timed, each),
  );
}

async function measureAll(
  timed: readonly Timed[],
  options: MeasureOptions,
): Promise<Measurement> {
  const settings = measureSettings(timed, options);
  const startedUtc = new Date().toISOString();
  const startMs = settings.now();
  const before = environment(settings.environment);
  const report = (phase: MeasureProgress["phase"], name: string, done: number) =>
    settings.onProgress?.({
      phase,
      name,
      done,
      elapsedMs: settings.now() - startMs,
      budgetMs: settings.budgetMs,
    });
  const stop = () => settings.signal?.aborted ?? false;

  const checks = new Map<Timed, Verification>();
  for (const one of timed) {
    if (stop()) break;
    report("verify", one.name, checks.size);
    checks.set(one, await verified(one));
  }
  const warmth = warmthOf(timed.length, settings);
  for (const [index, one] of timed.entries()) {
    if (stop()) break;
    report("warm", one.name, index);
    await warmUp(one, warmth, settings.now);
  }
  const all = seriesOf(timed, settings.baseline);
  let done = 0;
  const deadlineMs = startMs + settings.budgetMs;
  const stopped = await sampleAll(
    all,
    settings,
    deadlineMs,
    ({ name }) => report("time", name, done++),
  );

  const measured = all.filter(({ samples }) => samples.length > 0);
  const { load: loadBefore, ...circumstances } = before;
  const metadata = {
    schemaVersion: timingSchemaVersion,
    seed: settings.seed,
    baseline: settings.baseline,
    runs: settings.runs,
    budgetMs: settings.budgetMs,
    stopped,
    warmup: warmth,
    startedUtc,
    ...circumstances,
    loadBefore,
    loadAfter: environment({ gitCommit: null }).load,
  };
  const rows = measured.map((series) =>
    timingRow(series, checks.get(series.timed)!, settings, all.indexOf(series))
  );
  return {
    table: tableFromRows(rows, { columns: timingColumns, metadata }),
    samples: sampleTable(measured, metadata),
  };
}

async function verified(timed: Timed): Promise<Verification> {
  const check = await timed.verify();
  if (check.verified) return check;
  throw new Error(
    `"${timed.name}" (${timed.shape}, ${timed.dtype}) computes something else: ` +
      `its largest error is ${check.maxError}, allowed are ${check.tolerance}; nothing was timed`,
  );
}

/** Warming may take a quarter of the budget in all. */
function warmthOf(variants: number, { warmUp: asked, budgetMs }: MeasureSettings) {
  const maxMs = Math.min(asked.maxMs, budgetMs / 4 / variants);
  return { minMs: Math.min(asked.minMs, maxMs), maxMs };
}

function seriesOf(timed: readonly Timed[], baselineName: string): readonly Series[] {
  const all = timed.map((one) => ({ timed: one, baseline: null as Series | null, samples: [] }));
  for (const series of all) {
    const { shape, dtype } = series.timed;
    series.baseline = all.find(({ timed: other }) =>
      other.name === baselineName && other.shape === shape && other.dtype === dtype
    ) ?? null;
  }
  return all;
}

/** Every sample of the series as a table: kernel, shape, dtype, threads, round, batch, ns. */
function sampleTable(
  measured: readonly Series[],
  metadata: Readonly<Record<string, unknown>>,
): Table {
  const rows = measured.flatMap(({ timed, samples }) =>
    samples.map((sample) => ({
      kernel: timed.name,
      shape: timed.shape,
      dtype: timed.dtype,
      threads: timed.threads,
      ...sample,
    }))
  );
  return tableFromRows(rows, {
    columns: {
      kernel: "name",
      shape: "name",
      dtype: "name",
      threads: "int32",
      round: "int32",
      batch: "int32",
      ns: "float64",
    },
    metadata,
  });
}
