/**
 * Charts of everything that is planned, counted and measured.
 *
 * A chart is a Vega-Lite specification, plain data that a notebook shows as it is: `chartMemory` draws an
 * arena over time, `chartRoofline` and `chartProfileRoofline` speed against what the machine can do,
 * `chartSpeedup` measured times. `renderSvg` and `renderPng` draw them to a file, `modelGraph` draws a
 * model, `reportHtml` puts charts, graph and tables on one page that needs no network.
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
export {
  type CacheMissRow,
  chartCacheMisses,
  type ChartCacheMissesOptions,
} from "./chart_cache_misses.ts";
export {
  chartRoofline,
  type ChartRooflineOptions,
  type Peaks,
  type Roofline,
  type RooflinePoint,
} from "./chart_roofline.ts";
export { chartSpeedup, type ChartSpeedupOptions } from "./chart_speedup.ts";
export { chartThroughput, type ChartThroughputOptions } from "./chart_throughput.ts";
export {
  briefConvColumns,
  type ConvReport,
  convReport,
  type MatmulReport,
  matmulReport,
} from "./experiment_reports.ts";
export { chartConvSweep, type ChartConvSweepOptions } from "./chart_conv_sweep.ts";
export { renderPng, type RenderPngOptions, renderSvg } from "./render_chart.ts";
export {
  type Report,
  reportHtml,
  type ReportListing,
  type ReportOptions,
  type ReportSection,
} from "./report_html.ts";
export { chartActivations, type ChartActivationsOptions } from "./chart_activations.ts";
export { chartFrontier, type ChartFrontierOptions } from "./chart_frontier.ts";
export {
  chartAblation,
  type ChartAblationOptions,
  chartLadder,
  type ChartLadderOptions,
} from "./chart_techniques.ts";
export { chartMemory, type ChartMemoryOptions } from "./chart_memory.ts";
export { chartSegment, type ChartSegmentOptions } from "./chart_segment.ts";
export {
  type ModelGraph,
  modelGraph,
  type ModelGraphDetail,
  type ModelGraphOptions,
} from "./model_graph.ts";
export { chartTiles, type ChartTilesOptions } from "./chart_tiles.ts";
export { type AccuracyPoint, chartAccuracy, type ChartAccuracyOptions } from "./chart_accuracy.ts";
export {
  chartDeployment,
  type ChartDeploymentOptions,
  chartModels,
  type ChartModelsOptions,
} from "./chart_bars.ts";
export { chartBackends, type ChartBackendsOptions } from "./chart_backends.ts";
export {
  chartProfile,
  type ChartProfileOptions,
  chartProfileRoofline,
  type ChartProfileRooflineOptions,
} from "./chart_profile.ts";
export { chartSpaceCdfs, type ChartSpaceCdfsOptions } from "./chart_space_cdfs.ts";

export { operatorTable } from "../engine/operator_table.ts";

// Tables of plans
export { deviceTable } from "../plan/plan_table.ts";
export { frontierTable } from "../plan/trade_off_table.ts";
export { ladderTable } from "../plan/trade_off_table.ts";
export { planStepTable, planTable, scratchTable } from "../plan/plan_table.ts";
export {
  redistributionTable,
  type RedistributionTableOptions,
} from "../plan/receptive_field_redistribution.ts";
