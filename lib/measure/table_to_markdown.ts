import type { Table } from "../npm/arrow.ts";
import { tableView, type TableViewOptions } from "./table_view.ts";

/**
 * The table in Markdown, with units; numbers flush right.
 *
 * @example
 * ```ts
 * import { tableFromRows, tableToMarkdown } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tableToMarkdown(tableFromRows([{ medianNs: 2e6 }])), "| median |\n|---:|\n| 2.00 ms |\n");
 * ```
 *
 * @throws {RangeError} if a column is asked for that the table does not have.
 *
 * @category Measurement
 */
export function tableToMarkdown(table: Table, options: TableViewOptions = {}): string {
  const { headings, cells, numeric } = tableView(table, options);
  const line = (texts: readonly string[]) => `| ${texts.map(escaped).join(" | ")} |\n`;
  const rule = `|${numeric.map((right) => right ? "---:" : "---").join("|")}|\n`;
  return line(headings) + rule + cells.map(line).join("");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll(/\r?\n/g, " ");
}
