import type { Table } from "../npm/arrow.ts";
import { profileRows, profileTotals } from "../engine/profile/profile_table.ts";
import { formatDuration, formatShare, threeDigits } from "../measure/format.ts";
import { type ChartSpec, chartSpec } from "./chart_spec.ts";
import { timeBars } from "./time_bars.ts";

/**
 * How to draw a profile.
 *
 * @category Charts
 */
export interface ChartProfileOptions {
  /** Default: the model and the time of a run. */
  readonly title?: string;
}

/**
 * The time of each layer of a profile as bars in their order, coloured by operator, with the rate
 * where there are multiply-accumulates.
 *
 * @throws {TypeError} if the table is no profile.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartProfile, createEngine, profile, renderSvg, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * const chart = chartProfile(await profile(engine, { budgetMs: 20 }));
 * assert.ok((await renderSvg(chart)).includes("FULLY_CONNECTED"));
 * ```
 *
 * @category Charts
 */
export function chartProfile(table: Table, options: ChartProfileOptions = {}): ChartSpec {
  const totals = profileTotals(table);
  const { model, threads, runMinNs, gmacPerS, explainedShare } = totals;
  const bars = profileRows(table).map((row) => ({
    label: `${row.index} ${row.operator} ${row.shape}`,
    kind: row.operator,
    ns: row.minNs,
    text: row.gmacPerS === null ? "" : `${threeDigits(row.gmacPerS)} GMAC/s`,
    name: row.name,
    kernel: row.kernel,
    form: row.form,
    share: formatShare(row.timeShare),
    "moved bytes": row.movedBytes,
  }));
  const count = `${threads} ${threads === 1 ? "thread" : "threads"}`;
  return chartSpec(
    {
      text: options.title ?? `${model || "The model"}: ${formatDuration(runMinNs)} a run, ${count}`,
      subtitle: `${threeDigits(gmacPerS)} GMAC/s; minima; the layers are ` +
        `${formatShare(explainedShare)} of a run`,
    },
    timeBars(bars, { stepPixels: bars.length > 24 ? 16 : 22 }),
  );
}
