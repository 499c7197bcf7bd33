import type { Table } from "../npm/arrow.ts";
import { ablationRows } from "../engine/ablation/ablate.ts";
import { formatRatio, threeDigits } from "../measure/format.ts";
import { tableMetadata } from "../measure/table_to_rows.ts";
import { type ChartSpec, chartSpec, ink, neutral, palette } from "./chart_spec.ts";
import { edgedText } from "./edged_text.ts";
import { isWide, logTicks } from "./log_range.ts";

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
  const rows = ablationRows(table);
  if (rows.length === 0) throw new RangeError("The ablation has no rungs to draw");
  const rates = rows.map(({ mmacPerS }) => mmacPerS);
  const isLog = options.logScale ?? isWide(rates);
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
  const { model } = tableMetadata(table);
  const gain = formatRatio(rows.at(-1)!.speedup ?? 1);
  return chartSpec(
    {
      text: options.title ?? `${model}: ${gain} with all optimizations`,
      subtitle: "one optimization more in each line, on top of those before it; minima",
    },
    {
      data: { values },
      width: 520,
      height: { step: 28 },
      layer: [
        {
          mark: { type: "bar", color: neutral, tooltip: { content: "data" } },
          encoding: { y, x: x("base"), x2: { field: "from" } },
        },
        {
          mark: { type: "bar", cornerRadiusEnd: 2, tooltip: { content: "data" } },
          encoding: {
            y,
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
