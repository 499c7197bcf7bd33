import type { Table } from "../npm/arrow.ts";
import type { BenchModelsRow } from "../engine/profile/bench_models.ts";
import { threeDigits } from "../measure/format.ts";
import { tableToRows } from "../measure/table_to_rows.ts";
import { type ChartSpec, chartSpec } from "./chart_spec.ts";
import { timeBars } from "./time_bars.ts";

/**
 * How to draw models.
 *
 * @category Charts
 */
export interface ChartModelsOptions {
  /** Default: the number of threads. */
  readonly title?: string;
}

/**
 * The time of a run of each model of `benchModels` as bars, coloured by element type.
 *
 * @throws {RangeError} if there are no rows.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { benchModels, chartModels, renderSvg, zoo } from "tinyloom";
 *
 * const table = await benchModels({ ad: zoo("mlperf-tiny-ad") }, { budgetMs: 50, settleMs: 0 });
 * assert.ok((await renderSvg(chartModels(table))).includes("GMAC/s"));
 * ```
 *
 * @category Charts
 */
export function chartModels(table: Table, options: ChartModelsOptions = {}): ChartSpec {
  const rows = tableToRows(table) as unknown as readonly BenchModelsRow[];
  if (rows.length === 0) throw new RangeError("The record holds no rows to draw");
  const [{ threads }] = rows;
  const bars = rows.map(({ model, dtype, minNs, gmacPerS }) => ({
    label: model,
    kind: dtype,
    ns: minNs,
    text: `${threeDigits(gmacPerS)} GMAC/s`,
  }));
  return chartSpec(
    {
      text: options.title ?? `Time of a run, ${threads} ${threads === 1 ? "thread" : "threads"}`,
      subtitle: "inputs in, outputs out; minima",
    },
    timeBars(bars, { stepPixels: 26 }),
  );
}
