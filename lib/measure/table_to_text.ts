import type { Table } from "../npm/arrow.ts";
import { tableView, type TableViewOptions } from "./table_view.ts";

/**
 * The table in aligned columns for a terminal, with units; numbers flush right.
 *
 * @example
 * ```ts
 * import { tableFromRows, tableToText } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([{ kernel: "naive", medianNs: 13.2e9 }, { kernel: "best", medianNs: 1e8 }]);
 * assert.equal(tableToText(table), [
 *   "kernel  median",
 *   "naive   13.2 s",
 *   "best    100 ms",
 *   "",
 * ].join("\n"));
 * ```
 *
 * @throws {RangeError} if a column is asked for that the table does not have.
 *
 * @category Measurement
 */
export function tableToText(table: Table, options: TableViewOptions = {}): string {
  const { headings, cells, numeric } = tableView(table, options);
  const lines = [headings, ...cells];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) =>
    line.map((cell, column) =>
      numeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
    ).join("  ").trimEnd() + "\n"
  ).join("");
}
