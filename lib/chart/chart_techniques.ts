import { checkArguments, checkOptions } from "../check_arguments.ts";
import { ablationRows } from "../engine/ablation/ablate.ts";
import { formatRatio, threeDigits } from "../measure/format.ts";
import { tableMetadata } from "../measure/table_rows.ts";
import type { Table } from "../npm/arrow.ts";
import type { LadderRung } from "../plan/plan_ladder.ts";
import { ink, neutral, palette } from "./chart_colors.ts";
import {
  type ChartSpec,
  chartSpec,
  edgedText,
  isWideRange,
  logTicks,
  nameOf,
  tips,
} from "./chart_spec.ts";

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
  checkOptions("chartLadder", options, "title limitBytes limitName");
  if (ladder.length === 0) throw new RangeError("The ladder has no rungs to draw");
  const { limitBytes, limitName = "limit" } = options;
  const rungs = ladder.map(({ technique, plan }, rung) => ({
    technique: technique === null ? "none (TensorFlow Lite Micro)" : `+ ${technique}`,
    bytes: plan.peakBytes,
    isLower: rung > 0 && plan.peakBytes < ladder[rung - 1].plan.peakBytes,
    text: label(plan.peakBytes) +
      (plan.optimal ? "" : ` (bound ${label(plan.lowerBoundBytes)})`),
  }));
  const highest = Math.max(1, limitBytes ?? 1, ...rungs.map(({ bytes }) => bytes));
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
        color: ink.alert,
        fontSize: 11,
      },
      encoding: { x, y: { value: -3 } },
    },
  ];
  const [ground, top] = [ladder[0].plan, ladder.at(-1)!.plan];
  const share = (100 * top.peakBytes / Math.max(1, ground.peakBytes)).toFixed(0);
  return chartSpec(
    {
      text: options.title ?? `${nameOf(ground.model)}: ${share} % of the peak it starts with`,
      subtitle: "one technique more in each line, on top of those before it",
    },
    {
      width: 520,
      height: { step: 28 },
      layer: [
        {
          data: { values },
          mark: { type: "bar", cornerRadiusEnd: 2 },
          encoding: {
            y,
            x,
            tooltip: tips({ technique: "technique", text: "peak of the arena" }),
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

/**
 * How to draw an ablation.
 *
 * @category Charts
 */
export interface ChartAblationOptions {
  /** Default: the model's name and what all optimizations are worth together. */
  readonly title?: string;
  /** Draw on a logarithmic scale; default: when the rungs spread over more than 20x. */
  readonly logScale?: boolean;
}

/**
 * Throughput on every rung of an ablation as a bar, from an interpreter's library to all optimizations
 * together; the part that the rung adds in colour. A logarithmic scale starts just below the first
 * rung, so that length is gain.
 *
 * @throws {RangeError} for an ablation without rows.
 * @throws {TypeError} for another table.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ablate, chartAblation, renderSvg, zoo } from "tinyloom";
 *
 * const table = await ablate(zoo("mlperf-tiny-ad"), { budgetMs: 100, settleMs: 0 });
 * assert.ok((await renderSvg(chartAblation(table))).includes("+ code-generation"));
 * ```
 *
 * @category Charts
 */
export function chartAblation(table: Table, options: ChartAblationOptions = {}): ChartSpec {
  checkOptions("chartAblation", options, "title logScale");
  checkArguments("chartAblation", { table });
  const rows = ablationRows(table);
  if (rows.length === 0) throw new RangeError("The ablation has no rungs to draw");
  const rates = rows.map(({ mmacPerS }) => mmacPerS);
  const isLog = options.logScale ?? isWideRange(rates);
  const [lowest, highest] = [Math.min(...rates), Math.max(...rates)];
  const from = isLog ? lowest / 1.15 : 0;
  const values = rows.map(({ rung, optimization, mmacPerS, speedupStep }, i) => {
    const before = rates[i - 1] ?? from;
    return {
      label: rung === 0 ? "none (an interpreter's library)" : `+ ${optimization}`,
      mmacPerS,
      base: Math.min(before, mmacPerS),
      from,
      isGain: i > 0 && mmacPerS > before,
      text: `${threeDigits(mmacPerS)} MMAC/s` + (i === 0 ? "" : `, ${formatRatio(speedupStep)}`),
    };
  });
  // Room for the figure at the end of the longest bar.
  const end = isLog ? highest * (highest / from) ** 0.42 : highest * 1.42;
  const scale = isLog
    ? { type: "log", domain: [from, end], nice: false }
    : { domain: [0, end], nice: false };
  const title = `throughput (MMAC/s${isLog ? ", logarithmic" : ""})`;
  const axis = isLog
    ? { title, values: logTicks(from, end), format: ",~g" }
    : { title, tickCount: 6 };
  const x = (field: string) => ({ field, type: "quantitative", scale, axis });
  const y = {
    field: "label",
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
  const tooltip = tips({ label: "optimization", text: "throughput, and over the line before" });
  const { model } = tableMetadata(table);
  const gain = formatRatio(rows.at(-1)!.speedup ?? 1);
  return chartSpec(
    {
      text: options.title ?? `${nameOf(String(model ?? ""))}: ${gain} with all optimizations`,
      subtitle: "one optimization more in each line, on top of those before it; minima",
    },
    {
      data: { values },
      width: 520,
      height: { step: 28 },
      layer: [
        {
          mark: { type: "bar", color: neutral },
          encoding: { y, x: x("base"), x2: { field: "from" }, tooltip },
        },
        {
          mark: { type: "bar", cornerRadiusEnd: 2 },
          encoding: {
            y,
            tooltip,
            x: x("mmacPerS"),
            x2: { field: "base" },
            color: { condition: { test: "datum.isGain", value: palette[0] }, value: neutral },
          },
        },
        ...edgedText({
          mark: { type: "text", align: "left", dx: 6, color: ink.strong, fontSize: 11.5 },
          encoding: { y, x: x("mmacPerS"), text: { field: "text", type: "nominal" } },
        }),
      ],
    },
  );
}
