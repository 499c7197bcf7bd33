import type { Table } from "../npm/arrow.ts";
import { type ConvTimingRow, convTimingRows } from "../conv/bench_conv.ts";
import { pseudocode } from "../codegen/pseudocode.ts";
import { tableMetadata } from "../measure/table_to_rows.ts";
import { verdicts } from "../measure/verdict.ts";
import type { Computation } from "../nest/pipeline.ts";
import { chartSpeedup } from "./chart_speedup.ts";
import { countsInWords } from "./counts_in_words.ts";
import { reportHtml } from "./report_html.ts";

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
 * @category Charts
 */
export function convReport({ table, variants }: ConvReport): Promise<string> {
  const rows = convTimingRows(table);
  const measured = new Set(rows.map(({ kernel }) => kernel));
  return reportHtml({
    title: `Convolution ${rows[0]?.shape ?? ""}`,
    sections: [
      {
        title: "What each variant brings",
        verdicts: verdicts(table),
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
            note: countsInWords(computation),
          })),
      },
    ],
    environment: tableMetadata(table),
  });
}
