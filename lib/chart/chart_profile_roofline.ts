import type { Table } from "../npm/arrow.ts";
import { type ProfileRow, profileRows, profileTotals } from "../engine/profile/profile_table.ts";
import type { MachinePeaks } from "../measure/measure_peaks.ts";
import { chartRoofline, type Peaks } from "./chart_roofline.ts";
import type { ChartSpec } from "./chart_spec.ts";

/**
 * How to draw the roofline of a profile.
 *
 * @category Charts
 */
export interface ChartProfileRooflineOptions {
  /** What the machine can do at best. */
  readonly peaks: MachinePeaks;
  /** Default: the model. */
  readonly title?: string;
  /** So many layers, those that take the most time, are named; default 5. */
  readonly named?: number;
}

/**
 * The layers of a profile that multiply and accumulate, under the machine's roof: its arithmetic for
 * their element type on the profile's threads, and loads from the second-level cache, where the
 * arena of a small model lies.
 *
 * @throws {TypeError} if the table is no profile.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartProfileRoofline, createEngine, measurePeaks, profile, renderSvg, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * const table = await profile(engine, { budgetMs: 20 });
 * const chart = chartProfileRoofline(table, { peaks: measurePeaks({ budgetMs: 2 }) });
 * assert.ok((await renderSvg(chart)).includes("operations per byte"));
 * ```
 *
 * @category Charts
 */
export function chartProfileRoofline(
  table: Table,
  { peaks, title, named = 5 }: ChartProfileRooflineOptions,
): ChartSpec {
  const { model, threads } = profileTotals(table);
  const rows = profileRows(table).filter(({ gmacPerS }) => gmacPerS !== null);
  const longest = rows.toSorted((a, b) => b.minNs - a.minNs).slice(0, named);
  const isFloat = rows.length > 0 && rows.every(({ dtype }) => dtype === "float32");
  return chartRoofline({
    peaks: roofOf(rows, { peaks, threads, isFloat }),
    points: rows.map((row) => ({
      name: `layer ${row.index}`,
      kind: row.operator,
      isNamed: longest.includes(row),
      macs: row.macs,
      bytes: row.movedBytes,
      gmacPerS: row.gmacPerS!,
    })),
  }, {
    title: title ?? `Layers of ${model || "the model"}`,
    unit: isFloat ? "GFLOP/s" : "GOP/s",
  });
}

function roofOf(
  rows: readonly ProfileRow[],
  { peaks, threads, isFloat }: {
    readonly peaks: MachinePeaks;
    readonly threads: number;
    readonly isFloat: boolean;
  },
): Peaks {
  const has16 = rows.some(({ dtype }) => dtype === "int16");
  const integer = has16 ? peaks.dotGmacPerS : Math.max(peaks.dotGmacPerS, peaks.relaxedDotGmacPerS);
  const one = isFloat ? Math.max(peaks.fmaGmacPerS, peaks.mulAddGmacPerS) : integer;
  return { gmacPerS: threads * one, loadGBPerS: threads * peaks.loadGBPerS.l2 };
}
