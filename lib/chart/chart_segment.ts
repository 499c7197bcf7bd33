import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "../plan/plan.ts";
import {
  type HeldBytes,
  segmentMoments,
  type SegmentMomentsOptions,
} from "../plan/segment_moments.ts";
import { ink, palette, paper } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, edgedText, nameOf, tips } from "./chart_spec.ts";

/**
 * Which segment to draw, when, and how.
 *
 * @category Charts
 */
export interface ChartSegmentOptions extends SegmentMomentsOptions {
  /** Default: what the segment does. */
  readonly title?: string;
  /** Height of the arena in pixels; 420 when absent. */
  readonly height?: number;
  /** Width of a panel in pixels; default so that all of them fit side by side. */
  readonly panelWidth?: number;
}

/**
 * The arena while a segment runs, a panel for each moment: which rows of which tensor lie where, in
 * pale colours those that nothing reads any more, with a dark edge those that the last call stored in.
 *
 * @throws {RangeError} if there is no such segment, or if it has fewer micro-steps.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartSegment, planMemory, renderSvg, zoo } from "tinyloom";
 *
 * const model = zoo("mcunet-vww1");
 * const plan = planMemory(model, { fusion: "rolling" });
 * const svg = await renderSvg(chartSegment(plan, model));
 * assert.ok(svg.includes("rows 0-79"));
 * ```
 *
 * @category Charts
 */
export function chartSegment(
  plan: Plan,
  model: Model,
  options: ChartSegmentOptions = {},
): ChartSpec {
  checkOptions("chartSegment", options, "title height panelWidth segment after");
  checkArguments("chartSegment", { plan, model });
  const { segment: index = 0, after, height = 420 } = options;
  const moments = segmentMoments(plan, model, { segment: index, after });
  const { kind, from, until } = plan.segments[index];
  const isKib = plan.peakBytes >= 10_240;
  const unit = isKib ? 1024 : 1;
  const tensorName = (tensor: number) => `t${tensor} ${model.tensors[tensor].name}`;
  const panels = moments.map(({ after, of }) => `${after} of ${of} calls`);
  const nothing = { tensor: "", text: "", rows: "", state: "" };
  const values = moments.flatMap(({ held }, i) => [
    // An arena that holds nothing yet has its panel, too.
    { panel: panels[i], ...nothing, low: 0, high: 0, isNeeded: true, edge: "none" },
    ...held.map((bytes) => ({
      panel: panels[i],
      tensor: tensorName(bytes.tensor),
      text: (bytes.high - bytes.low) / plan.peakBytes * height > 9 ? rowsText(bytes) : "",
      rows: rowsText(bytes),
      low: bytes.low / unit,
      high: bytes.high / unit,
      middle: (bytes.low + bytes.high) / 2 / unit,
      isNeeded: bytes.isNeeded,
      state: bytes.isNew ? "just stored" : bytes.isNeeded ? "still needed" : "not needed any more",
      edge: (bytes.high - bytes.low) / plan.peakBytes * height < 3
        ? "none"
        : bytes.isNew
        ? "new"
        : "old",
    })),
  ]);
  const inOrder = [...new Set(moments.flatMap(({ held }) => held.map(({ tensor }) => tensor)))]
    .sort((a, b) => a - b).map(tensorName);
  const width = options.panelWidth ??
    Math.min(150, Math.max(70, Math.floor(780 / Math.max(1, panels.length))));
  const y = {
    type: "quantitative",
    scale: { domain: [0, plan.peakBytes / unit], nice: false },
    axis: { title: `address (${isKib ? "KiB" : "bytes"})`, tickCount: 6, grid: false },
  };
  const steps = `operators ${plan.steps[from].operator} to ${plan.steps[until - 1].operator}`;
  return chartSpec(
    {
      text: options.title ?? `${nameOf(plan.model)}, ${steps}: ${WHAT[kind]}`,
      subtitle: "pale: nothing reads it any more; dark edge: rows that the last call stored in",
    },
    {
      data: { values },
      facet: {
        column: {
          field: "panel",
          type: "nominal",
          sort: panels,
          title: null,
          header: { labelAnchor: "start", labelFontSize: 11 },
        },
      },
      spacing: 12,
      spec: {
        width,
        height,
        view: { fill: paper.plot, stroke: ink.line },
        layer: [
          {
            mark: { type: "rect" },
            encoding: {
              tooltip: tips({ tensor: "tensor", rows: "holds", state: "state" }),
              y: { field: "low", ...y },
              y2: { field: "high" },
              color: {
                field: "tensor",
                type: "nominal",
                sort: inOrder,
                scale: { domain: inOrder, range: COLOURS },
                legend: { title: null, orient: "bottom", direction: "horizontal", columns: 4 },
              },
              opacity: { condition: { test: "datum.isNeeded", value: 0.85 }, value: 0.22 },
              stroke: {
                condition: { test: "datum.edge === 'new'", value: ink.strong },
                value: paper.page,
              },
              // Thin rows would be nothing but edge.
              strokeWidth: {
                condition: [
                  { test: "datum.edge === 'new'", value: 1.6 },
                  { test: "datum.edge === 'none'", value: 0 },
                ],
                value: 0.5,
              },
            },
          },
          ...edgedText({
            transform: [{ filter: "datum.text" }],
            mark: { type: "text", fontSize: 9, color: ink.strong, baseline: "middle" },
            encoding: {
              x: { value: width / 2 },
              y: { field: "middle", ...y },
              text: { field: "text", type: "nominal" },
            },
          }),
        ],
      },
    },
  );
}

const WHAT = { rolling: "rows on their way through the arena", patch: "tile by tile" };

// Black would hide the text.
const COLOURS = palette.slice(0, 7);

function rowsText({ rows: [from, until] }: HeldBytes): string {
  return until - from === 1 ? `row ${from}` : `rows ${from}-${until - 1}`;
}
