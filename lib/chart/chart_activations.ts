import { checkOptions } from "../check_arguments.ts";
import { liveBytes } from "../model/live_bytes.ts";
import type { Model } from "../model/model.ts";
import { operatorName } from "../model/operator.ts";
import { usedBytes } from "../plan/lifetimes.ts";
import type { Plan } from "../plan/plan.ts";
import { ink, palette } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, edgedText, tips } from "./chart_spec.ts";

/**
 * How to draw activations.
 *
 * @category Charts
 */
export interface ChartActivationsOptions {
  /** Default `"Activations alive, operator by operator"`. */
  readonly title?: string;
  /** The line below the title. */
  readonly subtitle?: string;
  /** A line at this many bytes, e.g. a device's SRAM. */
  readonly limitBytes?: number;
  /** What the line is called; default `"limit"`. */
  readonly limitName?: string;
  /** Width of one panel in pixels; default so that all of them fit side by side. */
  readonly panelWidth?: number;
}

/**
 * Bytes in use while each operator runs, a panel for each model (the plain sum of what is alive) or
 * plan (what its buffers take up), side by side on one scale, the highest bar of each with its
 * figure: what shrinks when a network has fewer parameters, and what does not.
 *
 * @throws {RangeError} if there is nothing to draw.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartActivations, planMemory, renderSvg, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const chart = chartActivations({ plain: model, planned: planMemory(model) });
 * assert.ok((await renderSvg(chart)).includes("16,000"));
 * ```
 *
 * @category Charts
 */
export function chartActivations(
  series: Readonly<Record<string, Model | Plan>>,
  options: ChartActivationsOptions = {},
): ChartSpec {
  checkOptions("chartActivations", options, "title subtitle limitBytes limitName panelWidth");
  const names = Object.keys(series);
  if (names.length === 0) throw new RangeError("There are no models or plans to draw");
  const { limitBytes, limitName = "limit" } = options;
  const bars = names.flatMap((panel) => barsOf(panel, series[panel]));
  const highest = Math.max(1, limitBytes ?? 1, ...bars.map(({ bytes }) => bytes));
  const isLarge = highest >= 10_240;
  const unit = isLarge ? 1024 : 1;
  const values = bars.map((bar) => (
    { ...bar, size: bar.bytes / unit, isLast: bar.panel === names.at(-1) }
  ));
  const width = options.panelWidth ?? Math.min(560, Math.max(180, 840 / names.length));
  const x = {
    field: "turn",
    type: "ordinal",
    axis: { title: "operator", labels: false, ticks: false },
  };
  const y = {
    field: "size",
    type: "quantitative",
    scale: { domain: [0, highest / unit * 1.1], nice: false },
    axis: { title: `bytes in use${isLarge ? " (KiB)" : ""}`, tickCount: 6 },
  };
  const limit = limitBytes === undefined ? [] : [
    {
      transform: [{ filter: "datum.turn === 0" }],
      mark: { type: "rule", color: palette[1], strokeDash: [5, 4], strokeWidth: 1.4 },
      encoding: { y: { datum: limitBytes / unit } },
    },
    {
      transform: [{ filter: `datum.turn === 0 && datum.isLast` }],
      mark: {
        type: "text",
        text: `${limitName} ${limitBytes.toLocaleString("en-US")} B`,
        align: "right",
        dy: -6,
        fontSize: 10.5,
        color: ink.alert,
      },
      encoding: { x: { value: width }, y: { datum: limitBytes / unit } },
    },
  ];
  return chartSpec(
    {
      text: options.title ?? "Activations alive, operator by operator",
      subtitle: options.subtitle ?? "inputs, outputs, and what a later operator still needs",
    },
    {
      data: { values },
      facet: {
        column: {
          field: "panel",
          type: "nominal",
          sort: names,
          title: null,
          header: { labelAnchor: "start" },
        },
      },
      spec: {
        width,
        height: 240,
        layer: [
          {
            mark: { type: "bar" },
            encoding: {
              x,
              y,
              tooltip: tips({ operator: "operator", bytes: ["bytes in use", ","] }),
              color: {
                condition: { test: "datum.isPeak", value: palette[1] },
                value: palette[0],
              },
            },
          },
          ...limit,
          ...edgedText({
            transform: [{ filter: "datum.isPeak" }],
            mark: { type: "text", dy: -8, fontSize: 11, color: ink.strong, align: { expr: align } },
            encoding: { x, y, text: { field: "text", type: "nominal" } },
          }),
        ],
      },
      resolve: { scale: { x: "independent" } },
    },
  );
}

// A figure at the edge of its panel grows inward.
const align = "datum.share < 0.15 ? 'left' : datum.share > 0.85 ? 'right' : 'center'";

function barsOf(panel: string, from: Model | Plan) {
  const bytes = "steps" in from
    ? from.steps.map((_, step) => usedBytes(from, step))
    : liveBytes(from);
  const names = "steps" in from
    ? from.steps.map(({ operator, name }) => `${operator} ${name}`)
    : from.operators.map((operator, index) => `${index} ${operatorName(operator)}`);
  const peak = bytes.indexOf(Math.max(...bytes));
  return bytes.map((size, turn) => ({
    panel,
    turn,
    operator: names[turn],
    bytes: size,
    isPeak: turn === peak,
    share: turn / Math.max(1, bytes.length - 1),
    text: `${size.toLocaleString("en-US")} B`,
  }));
}
