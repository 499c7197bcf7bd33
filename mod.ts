// Measuring
export { environment } from "./lib/measure/environment.ts";
export type { Environment, EnvironmentOptions } from "./lib/measure/environment.ts";
export { wasmFeatures } from "./lib/measure/wasm_features.ts";
export { measure, timingSchemaVersion } from "./lib/measure/measure.ts";
export type { Measurement } from "./lib/measure/measure.ts";
export type { MeasureOptions, MeasureProgress } from "./lib/measure/measure_options.ts";
export type { Timed, Verification } from "./lib/measure/timed.ts";
export { briefTimingColumns, timingColumns, timingRows } from "./lib/measure/timing_row.ts";
export type { TimingRow } from "./lib/measure/timing_row.ts";
export { compare } from "./lib/measure/compare.ts";
export type { ComparedRow, CompareOptions, Comparison } from "./lib/measure/compare.ts";
export { verdict, verdicts } from "./lib/measure/verdict.ts";
export type { SpeedupRow, VerdictOptions } from "./lib/measure/verdict.ts";

// Tables
export { tableFromRows } from "./lib/measure/table_from_rows.ts";
export type { Row, TableOptions } from "./lib/measure/table_from_rows.ts";
export type { ColumnKind } from "./lib/measure/arrow_column.ts";
export { tableMetadata, tableToRows } from "./lib/measure/table_to_rows.ts";
export { loadTable, saveTable } from "./lib/measure/table_file.ts";
export { writeWhole } from "./lib/measure/write_whole.ts";
export { tableToCsv } from "./lib/measure/table_to_csv.ts";
export { tableToHtml } from "./lib/measure/table_to_html.ts";
export { tableToJson } from "./lib/measure/table_to_json.ts";
export { tableToMarkdown } from "./lib/measure/table_to_markdown.ts";
export { tableToText } from "./lib/measure/table_to_text.ts";
export type { TableViewOptions } from "./lib/measure/table_view.ts";
export { formatCount, formatDuration, formatRatio, formatShare } from "./lib/measure/format.ts";

// Charts
export type { ChartSpec } from "./lib/chart/chart_spec.ts";
export { chartCacheMisses } from "./lib/chart/chart_cache_misses.ts";
export type { CacheMissRow, ChartCacheMissesOptions } from "./lib/chart/chart_cache_misses.ts";
export { chartRoofline } from "./lib/chart/chart_roofline.ts";
export type {
  ChartRooflineOptions,
  Peaks,
  Roofline,
  RooflinePoint,
} from "./lib/chart/chart_roofline.ts";
export { chartSpeedup } from "./lib/chart/chart_speedup.ts";
export type { ChartSpeedupOptions } from "./lib/chart/chart_speedup.ts";
export { chartThroughput } from "./lib/chart/chart_throughput.ts";
export type { ChartThroughputOptions } from "./lib/chart/chart_throughput.ts";
export { renderPng } from "./lib/chart/render_png.ts";
export type { RenderPngOptions } from "./lib/chart/render_png.ts";
export { renderSvg } from "./lib/chart/render_svg.ts";
export { reportHtml } from "./lib/chart/report_html.ts";
export type { Report, ReportListing, ReportSection } from "./lib/chart/report_html.ts";
