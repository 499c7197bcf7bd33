import type { Table } from "../npm/arrow.ts";
import { tableToRows } from "./table_to_rows.ts";

/**
 * The table as CSV after RFC 4180: exact values, a heading line, lines ending in CR LF; missing
 * values are empty.
 *
 * @example
 * ```ts
 * import { tableFromRows, tableToCsv } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tableToCsv(tableFromRows([{ medianNs: 2e6 }])), "medianNs\r\n2000000\r\n");
 * ```
 *
 * @category Measurement
 */
export function tableToCsv(table: Table): string {
  const names = table.schema.fields.map((field) => field.name);
  const line = (cells: readonly unknown[]) => cells.map(cellText).join(",") + "\r\n";
  return line(names) +
    tableToRows(table).map((row) => line(names.map((name) => row[name]))).join("");
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
