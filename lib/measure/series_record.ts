import type { Table } from "../npm/arrow.ts";
import type { MeasureSettings } from "./measure_options.ts";
import { randomStream } from "./random_stream.ts";
import { ratioInterval } from "./ratio_interval.ts";
import { type Series, times } from "./sampler.ts";
import { spread } from "./spread.ts";
import { tableFromRows } from "./table_from_rows.ts";
import type { Verification } from "./timed.ts";
import type { TimingRow } from "./timing_row.ts";

/** The record's row of a series that has samples; `index` picks its random stream. */
export function timingRow(
  series: Series,
  check: Verification,
  settings: MeasureSettings,
  index: number,
): TimingRow {
  const { timed, samples } = series;
  const timesNs = times(series);
  const found = spread(timesNs);
  const isBaseline = series.baseline === series;
  const baselineNs = series.baseline === null ? [] : times(series.baseline);
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

/** Every sample of the series as a table: kernel, shape, dtype, threads, round, batch, ns. */
export function sampleTable(
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
