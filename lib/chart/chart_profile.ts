import { checkArguments, checkOptions } from "../check_arguments.ts";
import { type ProfileRow, profileRows, profileTotals } from "../engine/profile/profile_table.ts";
import { formatDuration, formatShare, threeDigits } from "../measure/format.ts";
import type { MachinePeaks } from "../measure/measure_peaks.ts";
import type { Table } from "../npm/arrow.ts";
import { timeBars } from "./chart_bars.ts";
import { chartRoofline, type Peaks } from "./chart_roofline.ts";
import { type ChartSpec, chartSpec, nameOf } from "./chart_spec.ts";

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
  checkOptions("chartProfile", options, "title");
  checkArguments("chartProfile", { table });
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
    movedBytes: row.movedBytes,
  }));
  const count = `${threads} ${threads === 1 ? "thread" : "threads"}`;
  return chartSpec(
    {
      text: options.title ?? `${nameOf(model)}: ${formatDuration(runMinNs)} a run, ${count}`,
      subtitle: `${threeDigits(gmacPerS)} GMAC/s; minima; the layers are ` +
        `${formatShare(explainedShare)} of a run`,
    },
    timeBars(bars, {
      stepPixels: bars.length > 24 ? 16 : 22,
      more: {
        share: "of the time",
        name: "output",
        kernel: "kernel",
        form: "uses memory",
        movedBytes: ["moves at least (bytes)", ","],
      },
    }),
  );
}

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
  options: ChartProfileRooflineOptions,
): ChartSpec {
  checkOptions("chartProfileRoofline", options, "peaks title named");
  checkArguments("chartProfileRoofline", { table });
  const { peaks, title, named = 5 } = options;
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
    title: title ?? `Layers of ${model === "" ? "the model" : model}`,
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
