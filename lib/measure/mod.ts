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

export { bench, type BenchOptions } from "./bench.ts";
export { type MachinePeaks, measurePeaks, type MeasurePeaksOptions } from "./measure_peaks.ts";
export { randomInputs } from "./random_inputs.ts";
export { environment } from "./environment.ts";
export type { Environment, EnvironmentOptions } from "./environment.ts";
export { wasmFeatures } from "./wasm_features.ts";
export { measure, timingSchemaVersion } from "./measure.ts";
export type { Measurement } from "./measure.ts";
export type { MeasureOptions, MeasureProgress } from "./measure_options.ts";
export type { Timed, Verification } from "./timed.ts";
export { briefTimingColumns, timingColumns, timingRows } from "./timing_row.ts";
export type { TimingRow } from "./timing_row.ts";
export { compare } from "./compare.ts";
export type { ComparedRow, CompareOptions, Comparison } from "./compare.ts";
export { verdict, verdicts } from "./verdict.ts";
export type { SpeedupRow, VerdictOptions } from "./verdict.ts";
export { tableFromRows } from "./table_from_rows.ts";
export type { Row, TableOptions } from "./table_from_rows.ts";
export type { ColumnKind } from "./arrow_column.ts";
export { tableMetadata, tableToRows } from "./table_to_rows.ts";
export { loadTable, saveTable } from "./table_file.ts";
export { writeWhole } from "./write_whole.ts";
export { tableToCsv } from "./table_to_csv.ts";
export { tableToHtml } from "./table_to_html.ts";
export { tableToJson } from "./table_to_json.ts";
export { tableToMarkdown } from "./table_to_markdown.ts";
export { tableToText } from "./table_to_text.ts";
export type { TableViewOptions } from "./table_view.ts";
export { formatCount, formatDuration, formatRatio, formatShare } from "./format.ts";
export { type RandomStream, randomStream } from "./random_stream.ts";
