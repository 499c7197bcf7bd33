import { checkOptions } from "../check_arguments.ts";
import { count } from "../analyze/count.ts";
import { pseudocode } from "../codegen/pseudocode/pseudocode.ts";
import { type ConvTimingRow, convTimingRows } from "../conv/bench_conv.ts";
import { cautions } from "../measure/cautions.ts";
import { verdicts } from "../measure/verdict.ts";
import type { MachinePeaks } from "../measure/measure_peaks.ts";
import { tableCircumstances } from "../measure/table_rows.ts";
import { briefTimingColumns, timingRows } from "../measure/timing_row.ts";
import { elementsOf } from "../nest/define_nest.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import type { Computation } from "../nest/pipeline.ts";
import type { Table } from "../npm/arrow.ts";
import { chartRoofline } from "./chart_roofline.ts";
import { chartSpeedup } from "./chart_speedup.ts";
import { reportHtml } from "./report_html.ts";

/**
 * What the page of a matrix product experiment is made from.
 *
 * @category Charts
 */
export interface MatmulReport {
  /** The timing record. */
  readonly table: Table;
  /** The nests by the names they have in the record. */
  readonly nests: Readonly<Record<string, Nest>>;
  /** The machine's measured peaks. */
  readonly peaks: MachinePeaks;
  /** Whether multiply and add were fused; default true. */
  readonly fma?: boolean;
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * One page with the table, a verdict on each step, the nests with their counts, and the charts.
 *
 * @example
 * ```ts
 * import { bench, matmulReport, matmulVariants, measurePeaks } from "tinyloom";
 *
 * const { naive, simd } = matmulVariants({ m: 16, k: 16, n: 16 });
 * const { table } = await bench({ naive, simd }, { budgetMs: 50, settleMs: 0 });
 * const peaks = measurePeaks({ budgetMs: 1 });
 * await matmulReport({ table, nests: { naive, simd }, peaks });
 * ```
 *
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @category Charts
 */
export async function matmulReport(options: MatmulReport): Promise<string> {
  checkOptions("matmulReport", options, "table nests peaks fma signal");
  const { table, nests, peaks, fma = true, signal } = options;
  const rows = timingRows(table);
  const integer = rows[0]?.dtype === "i8";
  const roof = {
    gmacPerS: integer ? peaks.dotGmacPerS : fma ? peaks.fmaGmacPerS : peaks.mulAddGmacPerS,
    loadGBPerS: peaks.loadGBPerS.memory,
  };
  const points = rows.filter((row) => row.threads === 1).map((row) => ({
    name: row.kernel,
    macs: row.macs,
    bytes: compulsoryBytes(nests[row.kernel]),
    gmacPerS: row.gmacPerS,
  }));
  const best = rows.reduce((a, b) => (b.speedup ?? 0) > (a.speedup ?? 0) ? b : a, rows[0]);
  return await reportHtml({
    title: `Matrix product ${rows[0]?.shape ?? ""}`,
    summary: best?.speedup
      ? `From ${rows[0].kernel} to ${best.kernel}: ${best.speedup.toFixed(1)} times as fast.`
      : undefined,
    sections: [
      {
        title: "What each technique brings",
        verdicts: [...verdicts(table), ...cautions(table)],
        charts: [chartSpeedup(table), chartRoofline({ peaks: roof, points })],
        table,
        columns: [...briefTimingColumns],
      },
      {
        title: "The loop nests",
        text: "Each is a schedule of the same computation; counts are exact, not measured.",
        listings: Object.entries(nests).map(([name, nest]) => ({
          name,
          text: pseudocode(nest),
          note: countsInWords(nest, signal),
        })),
      },
    ],
    environment: tableCircumstances(table),
  }, { signal });
}

// What must be moved at least once: every input and output.
function compulsoryBytes(nest: Nest): number {
  return nest.tensors.reduce(
    (sum, tensor) => sum + dtypeBytes(tensor.dtype) * elementsOf(tensor),
    0,
  );
}

/**
 * What the page of a layer's variants is made from.
 *
 * @category Charts
 */
export interface ConvReport {
  /** The timing record of one layer, from `benchConv`. */
  readonly table: Table;
  /** The variants by the names they have in the record. */
  readonly variants: Readonly<Record<string, Computation>>;
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * Columns worth reading of a timing record of layers, in reading order.
 *
 * @category Charts
 */
export const briefConvColumns: readonly (keyof ConvTimingRow)[] = [
  "kernel",
  "shape",
  "samples",
  "minNs",
  "medianNs",
  "gmacPerS",
  "peakShare",
  "speedup",
  "speedupLow",
  "speedupHigh",
  "multiplications",
  "scratchBytes",
  "verified",
];

/**
 * One page with the table, a verdict on each variant, and their nests with their counts.
 *
 * @example
 * ```ts
 * import { benchConv, convReport, convVariants } from "tinyloom";
 *
 * const shape = { height: 6, width: 6, inChannels: 8, outChannels: 8, kernel: [3, 3] } as const;
 * const table = await benchConv(shape, { budgetMs: 50, settleMs: 0 });
 * await convReport({ table, variants: convVariants(shape) });
 * ```
 *
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @category Charts
 */
export async function convReport(options: ConvReport): Promise<string> {
  checkOptions("convReport", options, "table variants signal");
  const { table, variants, signal } = options;
  const rows = convTimingRows(table);
  const measured = new Set(rows.map(({ kernel }) => kernel));
  return await reportHtml({
    title: `Convolution ${rows[0]?.shape ?? ""}`,
    sections: [
      {
        title: "What each variant brings",
        verdicts: [...verdicts(table), ...cautions(table)],
        charts: [chartSpeedup(table)],
        table,
        columns: [...briefConvColumns],
      },
      {
        title: "The loop nests",
        text: "Each computes the same layer; counts are exact, not measured.",
        listings: Object.entries(variants).filter(([name]) => measured.has(name))
          .map(([name, computation]) => ({
            name,
            text: pseudocode(computation),
            note: countsInWords(computation, signal),
          })),
      },
    ],
    environment: tableCircumstances(table),
  }, { signal });
}

/** What a computation executes for each multiply-accumulate, as a line of a report. */
function countsInWords(computation: Computation, signal?: AbortSignal): string {
  const { macs, loads, stores, loopTests, addressUpdates, codeBytes } = count(computation, {
    signal,
  });
  const per = (value: number) => (value / macs).toFixed(3);
  return `Per multiply-accumulate: ${per(loads)} loads, ${per(stores)} stores, ${per(loopTests)} ` +
    `loop tests, ${per(addressUpdates)} address updates; ${codeBytes} bytes of code.`;
}
