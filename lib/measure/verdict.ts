import type { Table } from "../npm/arrow.ts";
import { formatRatio, threeDigits } from "./format.ts";
import { tableMetadata } from "./table_to_rows.ts";
import { type TimingRow, timingRows } from "./timing_row.ts";

/**
 * What a verdict rests on.
 *
 * @category Measurement
 */
export type SpeedupRow = Pick<TimingRow, "kernel" | "speedup" | "speedupLow" | "speedupHigh">;

/**
 * How a verdict is worded.
 *
 * @category Measurement
 */
export interface VerdictOptions {
  /** The baseline's name. */
  readonly baseline?: string;
}

/**
 * A row's speed-up in words. Nothing is called faster or slower while its interval holds 1, or when
 * there is no interval.
 *
 * @example
 * ```ts
 * import { verdict } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const row = { kernel: "tiled", speedup: 2.9, speedupLow: 2.84, speedupHigh: 2.97 };
 * assert.equal(verdict(row, { baseline: "naive" }), "2.90x faster than naive (2.84–2.97)");
 * ```
 *
 * @category Measurement
 */
export function verdict(
  row: SpeedupRow,
  { baseline = "the baseline" }: VerdictOptions = {},
): string {
  const { kernel, speedup, speedupLow: low, speedupHigh: high } = row;
  if (kernel === baseline) return "the baseline";
  if (speedup === null) return "nothing to compare with: the baseline was not measured";
  if (low === null || high === null) {
    return `${formatRatio(speedup)} against ${baseline}, from a single sample: ` +
      "without a repeat no difference can be told";
  }
  if (low <= 1 && high >= 1) {
    return `no difference from ${baseline} that can be told (${range(low, high)})`;
  }
  return speedup > 1
    ? `${formatRatio(speedup)} faster than ${baseline} (${range(low, high)})`
    : `${formatRatio(1 / speedup)} slower than ${baseline} (${range(1 / high, 1 / low)})`;
}

function range(low: number, high: number): string {
  return `${threeDigits(low)}–${threeDigits(high)}`;
}

/**
 * A line for each row of a timing record, in its order: the variant and its verdict.
 *
 * @example
 * ```ts
 * import { tableFromRows, timingColumns, verdicts } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows(
 *   [{ kernel: "tiled", speedup: 0.99, speedupLow: 0.97, speedupHigh: 1.01 }],
 *   { columns: timingColumns, metadata: { baseline: "naive" } },
 * );
 * assert.deepEqual(verdicts(table), ["tiled: no difference from naive that can be told (0.970–1.01)"]);
 * ```
 *
 * @throws {TypeError} if the table is no timing record.
 *
 * @category Measurement
 */
export function verdicts(table: Table): readonly string[] {
  const rows = timingRows(table);
  const baseline = tableMetadata(table).baseline;
  const severalShapes = new Set(rows.map(({ shape }) => shape)).size > 1;
  return rows.map((row) => {
    const twins = rows.filter(({ kernel, shape }) => kernel === row.kernel && shape === row.shape);
    const which = [
      ...(severalShapes ? [row.shape] : []),
      ...(twins.length > 1 ? [`${row.threads} ${row.threads === 1 ? "thread" : "threads"}`] : []),
    ].join(", ");
    const name = which === "" ? row.kernel : `${row.kernel} (${which})`;
    return `${name}: ${verdict(row, { baseline: asName(baseline) })}`;
  });
}

function asName(baseline: unknown): string | undefined {
  return typeof baseline === "string" ? baseline : undefined;
}
