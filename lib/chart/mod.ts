/**
 * Charts of everything that is planned, counted and measured.
 *
 * A chart is a Vega-Lite specification, plain data that a notebook shows as it is: `chartMemory` draws an
 * arena over time, `chartRoofline` and `chartProfileRoofline` speed against what the machine can do,
 * `chartSpeedup` measured times. `renderSvg` and `renderPng` draw them to a file, `reportHtml` puts charts
 * and tables on one page without scripts.
 *
 * @example
 * ```ts
 * import { chartMemory, renderSvg } from "tinyloom/chart";
 * import { zoo } from "tinyloom/model";
 * import { planMemory } from "tinyloom/plan";
 * import assert from "node:assert/strict";
 *
 * const svg = await renderSvg(chartMemory(planMemory(zoo("mlperf-tiny-kws"))));
 * assert(svg.startsWith("<svg"));
 * ```
 *
 * @module
 */

export type { ChartSpec } from "./chart_spec.ts";
export { chartCacheMisses } from "./chart_cache_misses.ts";
export type { CacheMissRow, ChartCacheMissesOptions } from "./chart_cache_misses.ts";
export { chartRoofline } from "./chart_roofline.ts";
export type { ChartRooflineOptions, Peaks, Roofline, RooflinePoint } from "./chart_roofline.ts";
export { chartSpeedup } from "./chart_speedup.ts";
export type { ChartSpeedupOptions } from "./chart_speedup.ts";
export { chartThroughput } from "./chart_throughput.ts";
export type { ChartThroughputOptions } from "./chart_throughput.ts";
export { type MatmulReport, matmulReport } from "./matmul_report.ts";
export { briefConvColumns, type ConvReport, convReport } from "./conv_report.ts";
export { chartConvSweep, type ChartConvSweepOptions } from "./chart_conv_sweep.ts";
export { renderPng } from "./render_png.ts";
export type { RenderPngOptions } from "./render_png.ts";
export { renderSvg } from "./render_svg.ts";
export { reportHtml } from "./report_html.ts";
export type { Report, ReportListing, ReportSection } from "./report_html.ts";
export { chartActivations, type ChartActivationsOptions } from "./chart_activations.ts";
export { chartFrontier, type ChartFrontierOptions } from "./chart_frontier.ts";
export { chartLadder, type ChartLadderOptions } from "./chart_ladder.ts";
export { chartMemory, type ChartMemoryOptions } from "./chart_memory.ts";
export { chartSegment, type ChartSegmentOptions } from "./chart_segment.ts";
export { chartTiles, type ChartTilesOptions } from "./chart_tiles.ts";
export { type AccuracyPoint, chartAccuracy, type ChartAccuracyOptions } from "./chart_accuracy.ts";
export { chartAblation, type ChartAblationOptions } from "./chart_ablation.ts";
export { chartModels, type ChartModelsOptions } from "./chart_models.ts";
export { chartProfile, type ChartProfileOptions } from "./chart_profile.ts";
export {
  chartProfileRoofline,
  type ChartProfileRooflineOptions,
} from "./chart_profile_roofline.ts";
export { chartSpaceCdfs, type ChartSpaceCdfsOptions } from "./chart_space_cdfs.ts";
export { chartDeployment, type ChartDeploymentOptions } from "./chart_deployment.ts";

// Tables of plans
export { deviceTable } from "../plan/device_table.ts";
export { frontierTable } from "../plan/frontier_table.ts";
export { ladderTable } from "../plan/ladder_table.ts";
export { planStepTable, planTable, scratchTable } from "../plan/plan_table.ts";
export {
  redistributionTable,
  type RedistributionTableOptions,
} from "../plan/redistribution_table.ts";
