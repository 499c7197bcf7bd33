import { checkArguments, checkOptions } from "../check_arguments.ts";
import { formatRatio, threeDigits, wholePercent } from "../measure/format.ts";
import { tableMetadata } from "../measure/table_rows.ts";
import { type TimingRow, timingRows } from "../measure/timing_row.ts";
import type { Table } from "../npm/arrow.ts";
import { ink, neutral, palette } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, isWideRange, logTicks, tips } from "./chart_spec.ts";

/**
 * How to draw speed-ups.
 *
 * @category Charts
 */
export interface ChartSpeedupOptions {
  /** Default: over which baseline. */
  readonly title?: string;
  /** Draw on a logarithmic scale; default: when the values spread over more than 20x. */
  readonly logScale?: boolean;
}

/**
 * Speed-ups of a timing record as bars in the order of its rows, with their intervals, and the share
 * of the machine's peak where the record has it. Several shapes are drawn one below the other. On a
 * logarithmic scale bars start at 1x, so that length is gain and what points left is slower.
 *
 * @example
 * ```ts
 * import { chartSpeedup, renderSvg, tableFromRows, timingColumns } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([
 *   { kernel: "naive", shape: "64x64x64", dtype: "float32", threads: 1, macs: 262144, gmacPerS: 0.4, speedup: 1, speedupLow: 1, speedupHigh: 1 },
 *   { kernel: "tiled", shape: "64x64x64", dtype: "float32", threads: 1, macs: 262144, gmacPerS: 1.2, speedup: 2.9, speedupLow: 2.8, speedupHigh: 3 },
 * ], { columns: timingColumns, metadata: { baseline: "naive" } });
 * assert((await renderSvg(chartSpeedup(table))).includes("2.90x"));
 * ```
 *
 * @throws {RangeError} if no row has a speed-up.
 *
 * @category Charts
 */
export function chartSpeedup(table: Table, options: ChartSpeedupOptions = {}): ChartSpec {
  checkOptions("chartSpeedup", options, "title logScale");
  checkArguments("chartSpeedup", { table });
  const rows = timingRows(table).filter((row) => row.speedup !== null);
  if (rows.length === 0) throw new RangeError("The record holds no speed-up to draw");
  const baseline = String(tableMetadata(table).baseline ?? "the baseline");
  const values = rows.map((row) => bar(row, rows, baseline));
  const shapes = [...new Set(rows.map(({ shape }) => shape))];
  const dtypes = [...new Set(rows.map(({ dtype }) => dtype))];
  const { scale, axis, from } = horizontal(
    rows,
    options.logScale ?? isWideRange(rows.map((row) => row.speedup!)),
  );
  const x = (field: string) => ({ field, type: "quantitative", scale, axis });
  const labels = [...new Set(values.map(({ label }) => label))];
  const layers = {
    height: { step: 30 },
    encoding: {
      y: {
        field: "label",
        type: "nominal",
        sort: labels,
        scale: { paddingInner: 0.3, paddingOuter: 0.2 },
        axis: {
          title: null,
          ticks: false,
          domain: false,
          labelPadding: 8,
          labelColor: ink.strong,
          labelFontSize: 12.5,
        },
      },
    },
    width: 460,
    layer: [
      {
        data: { values: [{ one: 1 }] },
        mark: { type: "rule", color: neutral, strokeDash: [4, 3] },
        encoding: { x: x("one"), y: null },
      },
      {
        mark: { type: "bar", cornerRadiusEnd: 2 },
        encoding: {
          tooltip: tips({
            label: "variant",
            text: "times faster",
            interval: "95 % interval",
            rate: "rate",
          }),
          x: x("speedup"),
          x2: { datum: from },
          color: {
            field: "baseline",
            type: "nominal",
            scale: { domain: [true, false], range: [neutral, palette[0]] },
            legend: null,
          },
        },
      },
      {
        transform: [{ filter: "!datum.baseline && datum.low !== null" }],
        mark: { type: "rule", color: ink.strong, strokeWidth: 1.5 },
        encoding: { x: x("low"), x2: { field: "high" } },
      },
      ...["low", "high"].map((end) => ({
        transform: [{ filter: "!datum.baseline && datum.low !== null" }],
        mark: { type: "tick", color: ink.strong, thickness: 1.5, size: 9 },
        encoding: { x: x(end) },
      })),
      {
        mark: { type: "text", align: "left", dx: 7, color: ink.strong, fontSize: 12 },
        encoding: { x: x("end"), text: { field: "text", type: "nominal" } },
      },
    ],
  };
  const hasIntervals = rows.some(({ speedupLow, speedupHigh }) => speedupLow !== speedupHigh);
  const title = {
    text: options.title ?? `Speed-up over ${baseline}`,
    subtitle: `${shapes.length === 1 ? shapes[0] : `${shapes.length} shapes`} · ${
      dtypes.join(", ")
    }${hasIntervals ? " · whiskers: 95 % interval" : ""}${aboveThePeak(rows)}`,
  };
  return chartSpec(
    title,
    shapes.length === 1 ? { ...layers, data: { values } } : {
      data: { values },
      facet: {
        field: "shape",
        type: "nominal",
        title: null,
        sort: shapes,
        header: { labelAnchor: "start" },
      },
      columns: 1,
      spec: layers,
      resolve: { scale: { y: "independent" } },
    },
  );
}

// Winograd's variants, whose records count the products that they really compute.
function aboveThePeak(
  rows: readonly (TimingRow & { readonly multiplications?: number })[],
): string {
  const saves = rows.some(({ peakShare, macs, multiplications = macs }) =>
    (peakShare ?? 0) > 1 && multiplications < macs
  );
  return saves ? " · above 100 % of peak: fewer products than the plain loops'" : "";
}

function bar(row: TimingRow, rows: readonly TimingRow[], baseline: string) {
  const sameName = rows.filter(({ kernel, shape }) => kernel === row.kernel && shape === row.shape);
  const isBaseline = row.kernel === baseline && row.speedup === 1 && row.speedupLow === 1;
  const share = row.peakShare === null ? "" : ` · ${wholePercent(row.peakShare)} of peak`;
  return {
    label: sameName.length === 1
      ? row.kernel
      : `${row.kernel}, ${row.threads} ${row.threads === 1 ? "thread" : "threads"}`,
    shape: row.shape,
    speedup: row.speedup,
    interval: row.speedupLow === null || row.speedupHigh === null
      ? "–"
      : `${formatRatio(row.speedupLow)} to ${formatRatio(row.speedupHigh)}`,
    rate: row.gmacPerS === null ? "–" : `${threeDigits(row.gmacPerS)} GMAC/s`,
    low: row.speedupLow === null ? null : startOf(row),
    high: row.speedupHigh === null ? null : endOf(row),
    end: Math.max(1, endOf(row)),
    text: (isBaseline ? "1x" : formatRatio(row.speedup!)) + share,
    baseline: isBaseline,
  };
}

/** An interval of few samples may be anything; beyond this many times its value it is cut off. */
const MOST_WHISKER = 3;

/** The right end of a bar with its whisker. */
function endOf({ speedup, speedupHigh }: TimingRow): number {
  return Math.min(Math.max(speedup!, speedupHigh ?? 0), MOST_WHISKER * speedup!);
}

/** The left end of its whisker. */
function startOf({ speedup, speedupLow }: TimingRow): number {
  return Math.max(Math.min(speedup!, speedupLow ?? 1), speedup! / MOST_WHISKER);
}

/** The horizontal axis, with room at its right end for the longest label. */
function horizontal(rows: readonly TimingRow[], logScale: boolean) {
  const highest = Math.max(1, ...rows.map(endOf));
  const room = rows.some((row) => row.peakShare !== null) ? 1.42 : 1.18;
  const title = logScale ? "times faster (logarithmic)" : "times faster";
  if (!logScale) {
    return {
      from: 0,
      scale: { domain: [0, highest * room], nice: false },
      axis: { title, tickCount: 6, format: ",~g", labelFlush: false },
    };
  }
  const lowest = Math.min(1, ...rows.map(startOf));
  const low = lowest < 1 ? lowest / 1.15 : 1;
  const high = highest * (highest / low) ** (room - 1);
  return {
    from: 1,
    scale: { type: "log", domain: [low, high], nice: false },
    axis: { title, values: logTicks(low, high), format: ",~g", labelFlush: false },
  };
}
