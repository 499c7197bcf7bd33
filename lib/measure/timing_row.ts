import { checkArguments } from "../check_arguments.ts";
import type { Table } from "../npm/arrow.ts";
import type { MeasureSettings } from "./measure_options.ts";
import { randomStream } from "./random.ts";
import { type Series, timesOf } from "./sampler.ts";
import { ratioInterval, spread } from "./statistics.ts";
import { type ColumnKind, tableToRows } from "./table_rows.ts";
import type { Verification } from "./timed_nest.ts";

/**
 * One row of the timing record: one variant on one shape.
 *
 * @category Measurement
 */
export interface TimingRow {
  /** The variant's name. */
  readonly kernel: string;
  /** The problem's extents, e.g. `"64x64x64"`. */
  readonly shape: string;
  /** The element type. */
  readonly dtype: string;
  /** The schedule's steps as JSON text. */
  readonly schedule: string;
  /** Threads the work is split over. */
  readonly threads: number;
  /** Samples taken. */
  readonly samples: number;
  /** Runs that one sample averages over. */
  readonly batch: number;
  /** The least disturbed sample, which repeats best. */
  readonly minNs: number;
  /** A quarter of the samples are below. */
  readonly q1Ns: number;
  /** What a run took under the load there was. */
  readonly medianNs: number;
  /** A quarter of the samples are above. */
  readonly q3Ns: number;
  /** Median of the absolute deviations from the median. */
  readonly madNs: number;
  /** Samples more than ten robust standard deviations above the median; null in older records. */
  readonly outliers: number | null;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
  /** 10^9 multiply-accumulates a second, from the minimum; twice that is GFLOP/s. */
  readonly gmacPerS: number;
  /** Share of the machine's measured peak, 0 to 1; null where no peak was given. */
  readonly peakShare: number | null;
  /** Baseline's minimum over this one's; null where the shape has no baseline. */
  readonly speedup: number | null;
  /** Lower end of the 95 % interval, of few samples as their order has it; null after a single one. */
  readonly speedupLow: number | null;
  /** Upper end of the 95 % interval, of few samples as their order has it; null after a single one. */
  readonly speedupHigh: number | null;
  /** Digest of the verified output. */
  readonly checksum: string;
  /** Whether the output was right. */
  readonly verified: boolean;
}

/**
 * The record's columns and how they are stored.
 *
 * @category Measurement
 */
export const timingColumns: Readonly<Record<keyof TimingRow, ColumnKind>> = {
  kernel: "name",
  shape: "name",
  dtype: "name",
  schedule: "name",
  threads: "int32",
  samples: "int32",
  batch: "int32",
  minNs: "float64",
  q1Ns: "float64",
  medianNs: "float64",
  q3Ns: "float64",
  madNs: "float64",
  outliers: "int32",
  macs: "float64",
  gmacPerS: "float64",
  peakShare: "float64",
  speedup: "float64",
  speedupLow: "float64",
  speedupHigh: "float64",
  checksum: "name",
  verified: "boolean",
};

/**
 * The columns worth reading on a terminal, in reading order.
 *
 * @category Measurement
 */
export const briefTimingColumns: readonly (keyof TimingRow)[] = [
  "kernel",
  "shape",
  "threads",
  "samples",
  "minNs",
  "medianNs",
  "gmacPerS",
  "peakShare",
  "speedup",
  "speedupLow",
  "speedupHigh",
  "verified",
];

/**
 * The rows of a timing record.
 *
 * @example
 * ```ts
 * import { tableFromRows, timingColumns, timingRows } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([{ kernel: "tiled", minNs: 2e6 }], { columns: timingColumns });
 * assert.equal(timingRows(table)[0].minNs, 2e6);
 * ```
 *
 * @throws {TypeError} if the table lacks a column of the record.
 *
 * @category Measurement
 */
export function timingRows(table: Table): readonly TimingRow[] {
  checkArguments("timingRows", { table });
  const missing = Object.keys(timingColumns).filter((name) =>
    name !== "outliers" && table.getChild(name) === null
  );
  if (missing.length > 0) {
    throw new TypeError(`Not a timing record: it lacks the columns ${missing.join(", ")}`);
  }
  return tableToRows(table).map((row) => ({ outliers: null, ...row }) as unknown as TimingRow);
}

/** The record's row of a series that has samples; `index` picks its random stream. */
export function timingRow(
  series: Series,
  check: Verification,
  settings: MeasureSettings,
  index: number,
): TimingRow {
  const { timed, samples } = series;
  const timesNs = timesOf(series);
  const found = spread(timesNs);
  const isBaseline = series.baseline === series;
  const baselineNs = series.baseline === null ? [] : timesOf(series.baseline);
  const interval = isBaseline
    ? { low: 1, high: 1 }
    : ratioInterval(baselineNs, timesNs, randomStream(settings.seed, index + 1));
  const gmacPerS = timed.macs / found.minNs;
  const peak = settings.peakGmacPerS(timed);
  return {
    kernel: timed.name,
    shape: timed.shape,
    dtype: timed.dtype,
    schedule: JSON.stringify(timed.schedule),
    threads: timed.threads,
    samples: samples.length,
    batch: samples[samples.length - 1].batch,
    ...found,
    macs: timed.macs,
    gmacPerS,
    peakShare: peak === null ? null : gmacPerS / peak,
    speedup: isBaseline
      ? 1
      : baselineNs.length === 0
      ? null
      : spread(baselineNs).minNs / found.minNs,
    speedupLow: interval?.low ?? null,
    speedupHigh: interval?.high ?? null,
    checksum: check.checksum,
    verified: check.verified,
  };
}
