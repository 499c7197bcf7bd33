import { checkOptions } from "../check_arguments.ts";
import type { Plan } from "../plan/plan.ts";
import { ink, palette } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, edgedText, nameOf, tips } from "./chart_spec.ts";

/**
 * How to draw a frontier.
 *
 * @category Charts
 */
export interface ChartFrontierOptions {
  /** Default: the model's name and the ends of the frontier. */
  readonly title?: string;
  /** A line at this many bytes, e.g. a device's SRAM. */
  readonly limitBytes?: number;
  /** What the line is called; default `"limit"`. */
  readonly limitName?: string;
}

/**
 * Memory against multiply-accumulates: a step for every plan of `fusionFrontier`. Below the line
 * nothing is known to be possible.
 *
 * @throws {RangeError} for an empty frontier.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartFrontier, fusionFrontier, renderSvg, zoo } from "tinyloom";
 *
 * const frontier = fusionFrontier(zoo("mcunet-vww1"), { input: "external" });
 * const svg = await renderSvg(chartFrontier(frontier));
 * assert.ok(svg.includes("15,040 B"));
 * ```
 *
 * @category Charts
 */
export function chartFrontier(
  frontier: readonly Plan[],
  options: ChartFrontierOptions = {},
): ChartSpec {
  checkOptions("chartFrontier", options, "title limitBytes limitName");
  if (frontier.length === 0) throw new RangeError("The frontier has no plans to draw");
  const { limitBytes, limitName = "limit" } = options;
  const [first, last] = [frontier[0], frontier[frontier.length - 1]];
  const highest = Math.max(1, limitBytes ?? 1, first.peakBytes);
  const unit = highest >= 10_240 ? 1024 : 1;
  const values = frontier.map(({ peakBytes, macFactor }, i) => ({
    factor: macFactor,
    size: peakBytes / unit,
    arena: label(peakBytes),
    // Between the ends labels would cover each other.
    text: i === 0 || i === frontier.length - 1 ? label(peakBytes) : "",
  }));
  const x = {
    field: "factor",
    type: "quantitative",
    scale: { zero: false, nice: true },
    axis: { title: "multiply-accumulates, of the model's", format: ".2f", tickCount: 6 },
  };
  const y = {
    field: "size",
    type: "quantitative",
    scale: { domain: [0, highest / unit * 1.15], nice: false },
    axis: { title: `arena (${unit === 1 ? "bytes" : "KiB"})`, tickCount: 6 },
  };
  const limit = limitBytes === undefined ? [] : [
    {
      data: { values: [{ size: limitBytes / unit }] },
      mark: { type: "rule", color: palette[1], strokeDash: [5, 4], strokeWidth: 1.4 },
      encoding: { y },
    },
    {
      data: { values: [{ size: limitBytes / unit }] },
      mark: {
        type: "text",
        text: `${limitName} ${label(limitBytes)}`,
        align: "right",
        baseline: "bottom",
        dy: -3,
        color: ink.alert,
        fontSize: 11,
      },
      encoding: { x: { value: WIDTH }, y },
    },
  ];
  return chartSpec(
    {
      text: options.title ??
        `${nameOf(first.model)}: ${label(first.peakBytes)}, or ${label(last.peakBytes)} for ` +
          `${last.macFactor.toFixed(2)} times the operations`,
      subtitle: `input ${first.input}; every step is a plan, the fewest operations on the left`,
    },
    {
      width: WIDTH,
      height: 280,
      layer: [
        {
          data: { values },
          mark: {
            type: "line",
            interpolate: "step-after",
            color: palette[0],
            point: { color: palette[0], size: 45 },
          },
          encoding: {
            x,
            y,
            tooltip: tips({ arena: "arena", factor: ["of the operations", ".4f"] }),
          },
        },
        ...limit,
        ...edgedText({
          data: { values },
          mark: { type: "text", align: "left", dx: 8, dy: -8, color: ink.strong, fontSize: 11.5 },
          encoding: { x, y, text: { field: "text", type: "nominal" } },
        }),
      ],
    },
  );
}

const WIDTH = 560;

function label(bytes: number): string {
  return `${bytes.toLocaleString("en-US")} B`;
}
