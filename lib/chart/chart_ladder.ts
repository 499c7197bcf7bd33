import type { LadderRung } from "../plan/plan_ladder.ts";
import { type ChartSpec, chartSpec, ink, neutral, palette } from "./chart_spec.ts";
import { edgedText } from "./edged_text.ts";

/**
 * How to draw a ladder.
 *
 * @category Charts
 */
export interface ChartLadderOptions {
  /** Default: the model's name and what the ladder is worth. */
  readonly title?: string;
  /** A line at this many bytes, e.g. a device's SRAM. */
  readonly limitBytes?: number;
  /** What the line is called; default `"limit"`. */
  readonly limitName?: string;
}

/**
 * The peak of every rung of `planLadder` as a bar, from the ground to all techniques together; those
 * that lower it in colour, and the lower bound named where a plan has not reached it.
 *
 * @throws {RangeError} for an empty ladder.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartLadder, planLadder, renderSvg, zoo } from "tinyloom";
 *
 * const svg = await renderSvg(chartLadder(planLadder(zoo("mlperf-tiny-kws"))));
 * assert.ok(svg.includes("8,063 B"));
 * ```
 *
 * @category Charts
 */
export function chartLadder(
  ladder: readonly LadderRung[],
  options: ChartLadderOptions = {},
): ChartSpec {
  if (ladder.length === 0) throw new RangeError("The ladder has no rungs to draw");
  const { limitBytes, limitName = "limit" } = options;
  const rungs = ladder.map(({ technique, plan }, rung) => ({
    technique: technique === null ? "none (TensorFlow Lite Micro)" : `+ ${technique}`,
    bytes: plan.peakBytes,
    isLower: rung > 0 && plan.peakBytes < ladder[rung - 1].plan.peakBytes,
    text: label(plan.peakBytes) +
      (plan.optimal ? "" : ` (bound ${label(plan.lowerBoundBytes)})`),
  }));
  const highest = Math.max(1, limitBytes ?? 0, ...rungs.map(({ bytes }) => bytes));
  const unit = highest >= 10_240 ? 1024 : 1;
  const values = rungs.map((rung) => ({ ...rung, size: rung.bytes / unit }));
  const y = {
    field: "technique",
    type: "nominal",
    sort: null,
    axis: {
      title: null,
      ticks: false,
      domain: false,
      labelPadding: 8,
      labelColor: ink.strong,
      labelFontSize: 12,
    },
  };
  const x = {
    field: "size",
    type: "quantitative",
    // Room for the figure at the end of the longest bar.
    scale: { domain: [0, highest / unit * 1.3], nice: false },
    axis: { title: `peak of the arena (${unit === 1 ? "bytes" : "KiB"})`, tickCount: 6 },
  };
  const limit = limitBytes === undefined ? [] : [
    {
      data: { values: [{ size: limitBytes / unit }] },
      mark: { type: "rule", color: palette[1], strokeDash: [5, 4], strokeWidth: 1.4 },
      encoding: { x },
    },
    {
      data: { values: [{ size: limitBytes / unit }] },
      mark: {
        type: "text",
        text: `${limitName} ${label(limitBytes)}`,
        align: "center",
        baseline: "bottom",
        color: palette[1],
        fontSize: 11,
      },
      encoding: { x, y: { value: -3 } },
    },
  ];
  const [ground, top] = [ladder[0].plan, ladder.at(-1)!.plan];
  const share = (100 * top.peakBytes / Math.max(1, ground.peakBytes)).toFixed(0);
  return chartSpec(
    {
      text: options.title ?? `${ground.model}: ${share} % of the peak it starts with`,
      subtitle: "one technique more in each line, on top of those before it",
    },
    {
      width: 520,
      height: { step: 28 },
      layer: [
        {
          data: { values },
          mark: { type: "bar", cornerRadiusEnd: 2, tooltip: { content: "data" } },
          encoding: {
            y,
            x,
            color: { condition: { test: "datum.isLower", value: palette[0] }, value: neutral },
          },
        },
        ...limit,
        ...edgedText({
          data: { values },
          mark: { type: "text", align: "left", dx: 6, color: ink.strong, fontSize: 11.5 },
          encoding: { y, x, text: { field: "text", type: "nominal" } },
        }),
      ],
    },
  );
}

function label(bytes: number): string {
  return `${bytes.toLocaleString("en-US")} B`;
}
