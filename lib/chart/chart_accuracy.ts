import { checkOptions } from "../check_arguments.ts";
import { ink, neutral, palette } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, edgedText, tips } from "./chart_spec.ts";

/**
 * A network in a chart of accuracies.
 *
 * @category Charts
 */
export interface AccuracyPoint {
  /** What kind it is: those of one kind have one colour, and those searched one line. */
  readonly kind: string;
  /** Share of images classed right, 0 to 1. */
  readonly accuracy: number;
  /** Arena. */
  readonly peakBytes: number;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
  /** Lower end of an interval of the accuracy, drawn as a line through the point; none when absent. */
  readonly low?: number | null;
  /** Its upper end. */
  readonly high?: number | null;
  /** Written beside the point; nothing when absent. */
  readonly label?: string;
}

/**
 * What a chart of accuracies has them against.
 *
 * @category Charts
 */
export interface ChartAccuracyOptions {
  /** `peakBytes` when absent. */
  readonly against?: "peakBytes" | "macs";
  /** The kind whose points are joined by a line; none when absent. */
  readonly front?: string;
  /** A line at this value, e.g. a device's SRAM. */
  readonly limit?: number;
  /** What the line is called; `limit` when absent. */
  readonly limitName?: string;
  /** Default: what is against what. */
  readonly title?: string;
}

const AXES = {
  peakBytes: { title: "arena (KiB)", unit: 1024, name: "memory", suffix: "KiB" },
  macs: {
    title: "multiply-accumulates (millions)",
    unit: 1e6,
    name: "multiply-accumulates",
    suffix: "M",
  },
} as const;

/**
 * Accuracy against memory or multiply-accumulates, a point for each network: the further up and to the
 * left, the better.
 *
 * @throws {RangeError} without points.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartAccuracy, renderSvg } from "tinyloom";
 *
 * const points = [
 *   { kind: "searched", accuracy: 0.95, peakBytes: 20_480, macs: 1e6 },
 *   { kind: "MobileNetV2", accuracy: 0.91, peakBytes: 22_528, macs: 2e6, label: "48 pixels" },
 * ];
 * const chart = chartAccuracy(points, { limit: 32_768, limitName: "SRAM" });
 * assert.ok((await renderSvg(chart)).includes("48 pixels"));
 * ```
 *
 * @category Charts
 */
export function chartAccuracy(
  points: readonly AccuracyPoint[],
  options: ChartAccuracyOptions = {},
): ChartSpec {
  checkOptions("chartAccuracy", options, "against front limit limitName title");
  if (points.length === 0) {
    throw new RangeError("There are no networks to draw, needed at least one");
  }
  const { against = "peakBytes", front, limit, limitName = "limit" } = options;
  const { title, unit, name, suffix } = AXES[against];
  const kinds = [...new Set(points.map(({ kind }) => kind))];
  const values = points.map((point) => ({
    kind: point.kind,
    accuracy: point.accuracy,
    cost: point[against] / unit,
    label: point.label ?? "",
    low: point.low ?? null,
    high: point.high ?? null,
  }));
  const withIntervals = values.filter(({ low, high }) => low !== null && high !== null);
  const x = {
    field: "cost",
    type: "quantitative",
    scale: { zero: false, nice: true },
    axis: { title, tickCount: 7 },
  };
  const y = {
    field: "accuracy",
    type: "quantitative",
    scale: { zero: false, nice: true },
    axis: { title: "images classed right", format: ".1%", tickCount: 6 },
  };
  const color = {
    field: "kind",
    type: "nominal",
    sort: kinds,
    scale: { domain: kinds, range: kinds.map((_, i) => palette[i % palette.length]) },
    legend: { title: null, orient: "top" },
  };
  const rule = limit === undefined ? [] : [
    {
      data: { values: [{ cost: limit / unit }] },
      mark: { type: "rule", color: neutral, strokeDash: [5, 4], strokeWidth: 1.4 },
      encoding: { x },
    },
    ...edgedText({
      data: { values: [{ cost: limit / unit }] },
      mark: {
        type: "text",
        text: `${limitName} ${(limit / unit).toLocaleString("en-US")} ${suffix}`,
        align: "right",
        dx: -5,
        color: ink.soft,
        fontSize: 11,
      },
      encoding: { x, y: { value: HEIGHT - 8 } },
    }),
  ];
  return chartSpec(
    {
      text: options.title ?? `Accuracy against ${name}`,
      subtitle: "each point is a network; further up and to the left is better",
    },
    {
      width: 560,
      height: HEIGHT,
      layer: [
        ...rule,
        {
          data: {
            values: values.filter(({ kind }) => kind === front).toSorted((a, b) => a.cost - b.cost),
          },
          mark: { type: "line", strokeWidth: 1.4, opacity: 0.6 },
          encoding: { x, y, color },
        },
        {
          data: { values: withIntervals },
          mark: { type: "rule", strokeWidth: 2, opacity: 0.55 },
          encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
        },
        {
          data: { values },
          mark: { type: "point", filled: true, size: 70, opacity: 1 },
          encoding: {
            x,
            y,
            color,
            tooltip: tips({
              kind: "kind",
              label: "network",
              accuracy: ["accuracy", ".1%"],
              cost: [title, ",.3~f"],
            }),
          },
        },
        ...edgedText({
          data: { values: values.filter(({ label }) => label !== "") },
          mark: { type: "text", align: "right", dx: -9, color: ink.strong, fontSize: 11 },
          encoding: { x, y, text: { field: "label", type: "nominal" } },
        }),
      ],
    },
  );
}

const HEIGHT = 300;
