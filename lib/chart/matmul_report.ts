import type { Table } from "../npm/arrow.ts";
import { countsInWords } from "./counts_in_words.ts";
import { chartRoofline } from "./chart_roofline.ts";
import { chartSpeedup } from "./chart_speedup.ts";
import { reportHtml } from "./report_html.ts";
import { pseudocode } from "../codegen/pseudocode.ts";
import type { MachinePeaks } from "../measure/measure_peaks.ts";
import { tableMetadata } from "../measure/table_to_rows.ts";
import { briefTimingColumns, timingRows } from "../measure/timing_row.ts";
import { verdicts } from "../measure/verdict.ts";
import { elementsOf } from "../nest/define_nest.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";

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
 * @category Charts
 */
export function matmulReport({ table, nests, peaks, fma = true }: MatmulReport): Promise<string> {
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
  return reportHtml({
    title: `Matrix product ${rows[0]?.shape ?? ""}`,
    summary: best?.speedup
      ? `From ${rows[0].kernel} to ${best.kernel}: ${best.speedup.toFixed(1)} times as fast.`
      : undefined,
    sections: [
      {
        title: "What each technique brings",
        verdicts: verdicts(table),
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
          note: countsInWords(nest),
        })),
      },
    ],
    environment: tableMetadata(table),
  });
}

// What must be moved at least once: every input and output.
function compulsoryBytes(nest: Nest): number {
  return nest.tensors.reduce(
    (sum, tensor) => sum + dtypeBytes(tensor.dtype) * elementsOf(tensor),
    0,
  );
}
