import { checkArguments } from "../check_arguments.ts";
import type { Table } from "../npm/arrow.ts";
import { formatRatio, threeDigits } from "./format.ts";
import { tableMetadata, tableToRows } from "./table_rows.ts";
import type { TimingRow } from "./timing_row.ts";

/**
 * What to know before a record of times is believed, a sentence each: that the machine was busy,
 * that samples lie far from the others, that there is but one of a variant, that a share of the peak
 * is above 100 %, and why. Empty if there is nothing. Takes any table that has times and the
 * circumstances in its metadata.
 *
 * @example
 * ```ts
 * import { cautions, tableFromRows } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([{ kernel: "tiled", outliers: 2, samples: 40 }], {
 *   metadata: { cores: 2, loadBefore: [5.21, 3, 2], loadAfter: [1.5, 3, 2] },
 * });
 * assert.deepEqual(cautions(table), [
 *   "The machine was busy with other work: a load of 5.21 on 2 cores before. Times are too long, and shares differ from run to run.",
 *   "Outliers, as other work on the machine makes them: 2 of 40 samples of tiled. Speed-ups go by minima, which they do not touch.",
 * ]);
 * ```
 *
 * @category Measurement
 */
export function cautions(table: Table): readonly string[] {
  checkArguments("cautions", { table });
  const rows = tableToRows(table) as unknown as readonly CautionRow[];
  const metadata = tableMetadata(table);
  return [
    ...busy(metadata),
    ...outlying(rows),
    ...sampledOnce(rows),
    ...aboveThePeak(rows, metadata),
  ];
}

/** What cautions look at, where a table has it. */
type CautionRow =
  & Partial<
    Pick<TimingRow, "kernel" | "samples" | "outliers" | "speedupLow" | "peakShare" | "macs">
  >
  & { readonly multiplications?: number };

// What runs here loads the machine too, with as many threads as cores at most.
const ownLoad = 1;

function busy({ cores, loadBefore, loadAfter }: Readonly<Record<string, unknown>>): string[] {
  if (typeof cores !== "number") return [];
  const found = [
    ...loadOf(loadBefore) > cores
      ? [`${threeDigits(loadOf(loadBefore))} on ${cores} cores before`]
      : [],
    ...loadOf(loadAfter) > cores + ownLoad
      ? [`${threeDigits(loadOf(loadAfter))} on ${cores} cores after`]
      : [],
  ];
  return found.length === 0 ? [] : [
    `The machine was busy with other work: a load of ${found.join(", ")}. ` +
    "Times are too long, and shares differ from run to run.",
  ];
}

function loadOf(load: unknown): number {
  return Array.isArray(load) && typeof load[0] === "number" ? load[0] : 0;
}

const mostNamed = 3;

function outlying(rows: readonly CautionRow[]): string[] {
  const found = rows.filter(({ outliers }) => (outliers ?? 0) > 0);
  if (found.length === 0) return [];
  const worstFirst = found.toSorted((a, b) => b.outliers! / b.samples! - a.outliers! / a.samples!);
  const list = worstFirst.slice(0, mostNamed).map(({ kernel, samples, outliers }) =>
    `${outliers} of ${samples} samples of ${kernel}`
  );
  const more = found.length > mostNamed ? ` and some of ${found.length - mostNamed} more` : "";
  return [
    `Outliers, as other work on the machine makes them: ${list.join(", ")}${more}. ` +
    "Speed-ups go by minima, which they do not touch.",
  ];
}

function sampledOnce(rows: readonly CautionRow[]): string[] {
  const once = rows.filter(({ samples }) => samples === 1);
  if (once.length === 0 || rows.every(({ speedupLow }) => speedupLow !== null)) return [];
  const names = [...new Set(once.map(({ kernel }) => kernel))];
  return [
    `Sampled once: ${names.join(", ")}. Speed-ups that rest on one sample have no interval: ` +
    "measure longer, or again, to know how far they hold.",
  ];
}

function aboveThePeak(rows: readonly CautionRow[], { v8Flags }: Readonly<Record<string, unknown>>) {
  const above = rows.filter(({ peakShare }) => (peakShare ?? 0) > 1);
  const saves = (row: CautionRow) => (row.multiplications ?? Infinity) < row.macs!;
  const names = (list: readonly CautionRow[]) => list.map(({ kernel }) => kernel).join(", ");
  const saving = above.filter(saves);
  const others = above.filter((row) => !saves(row));
  const wide = String(v8Flags ?? "").includes("revectorize")
    ? "the peak is that of 128-bit vectors, and V8 may have fused pairs of them"
    : "the peak was measured for a moment, while the machine was slower";
  return [
    ...saving.length === 0 ? [] : [
      `Above 100 % of the peak: ${
        names(saving)
      }, as GMAC/s count the plain loops' products, of which ` +
      `it computes fewer (${
        saving.map((row) => formatRatio(row.macs! / row.multiplications!)).join(", ")
      }).`,
    ],
    ...others.length === 0 ? [] : [`Above 100 % of the peak: ${names(others)}; ${wide}.`],
  ];
}
