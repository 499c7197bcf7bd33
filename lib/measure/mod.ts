/**
 * Measurement: honest times, and the tables that they come in.
 *
 * `bench` times loop nests, `measure` anything that runs: verified first, interleaved, in samples long
 * enough for the clock, with intervals. `compare` and `verdicts` say whether a difference is one.
 * Results are Arrow tables with the environment in their metadata; `tableToText`, `tableToHtml` and the
 * others print them, `saveTable` and `loadTable` keep them. `measurePeaks` asks what a machine can do.
 *
 * @example
 * ```ts
 * import { formatDuration, tableFromRows, tableToMarkdown } from "tinyloom/measure";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([{ kernel: "naive", time: formatDuration(1_500_000) }]);
 * assert.match(tableToMarkdown(table), /naive.*1\.5.*ms/);
 * ```
 *
 * @module
 */

export { bench, type BenchOptions, type BenchRecipe } from "./bench.ts";
export {
  type SpeedupRow,
  stepVerdicts,
  verdict,
  type VerdictOptions,
  verdicts,
} from "./verdict.ts";
export { cautions } from "./cautions.ts";
export { measureBroadcast, type MeasureBroadcastOptions } from "./measure_broadcast.ts";
export { type MachinePeaks, measurePeaks, type MeasurePeaksOptions } from "./measure_peaks.ts";
export { randomInputs, type RandomStream, randomStream } from "./random.ts";
export {
  type Environment,
  environment,
  type EnvironmentOptions,
  wasmFeatures,
} from "./environment.ts";
export { measure, type Measurement, timingSchemaVersion } from "./measure.ts";
export type { MeasureOptions, MeasureProgress } from "./measure_options.ts";
export type { Timed, Verification } from "./timed_nest.ts";
export { briefTimingColumns, timingColumns, type TimingRow, timingRows } from "./timing_row.ts";
export { kendallTau } from "./kendall_tau.ts";
export { type Discordant, mcnemar, type McnemarResult } from "./mcnemar.ts";
export { type MeanInterval, meanInterval } from "./statistics.ts";
export { compare, type ComparedRow, type CompareOptions, type Comparison } from "./compare.ts";
export {
  type ColumnKind,
  type Row,
  tableCircumstances,
  tableMetadata,
  tableToRows,
} from "./table_rows.ts";
export { tableFromRows, type TableOptions } from "./table_from_rows.ts";
export { FileInUseError, lockFile } from "./file_lock.ts";
export { loadTable, saveTable, writeWhole } from "./table_file.ts";
export {
  type TableTextOptions,
  tableToCsv,
  tableToHtml,
  tableToJson,
  tableToMarkdown,
  tableToText,
  type TableViewOptions,
} from "./print_table.ts";
export { formatCount, formatDuration, formatRatio, formatShare } from "./format.ts";
