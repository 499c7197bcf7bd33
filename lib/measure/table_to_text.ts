import type { Table } from "apache-arrow";

/**
 * A table as aligned plain text: one line of column names, one line a row; numbers to the right.
 *
 * @example
 * ```ts
 * import { tableToText } from "tinyloom";
 * import { tableFromArrays } from "apache-arrow";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromArrays({ kernel: ["naive", "best"], gflops: [0.5, 48] });
 * assert.equal(tableToText(table), "kernel  gflops\nnaive      0.5\nbest        48");
 * ```
 */
export function tableToText(table: Table): string {
  const columns = table.schema.fields.map((field, index) => {
    const values = Array.from(table.getChildAt(index) ?? []);
    const cells = [field.name, ...values.map(cellText)];
    const width = Math.max(...cells.map((cell) => cell.length));
    const toTheRight = values.some((value) => typeof value === "number");
    return cells.map((cell) => toTheRight ? cell.padStart(width) : cell.padEnd(width));
  });
  const rows = Array.from({ length: table.numRows + 1 }, (_, row) => row);
  return rows.map((row) => columns.map((cells) => cells[row]).join("  ").trimEnd()).join("\n");
}

/** One value of a table as text: null is empty, fractions keep four significant digits. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number" || !Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en-US")
    : String(Number(value.toPrecision(4)));
}
