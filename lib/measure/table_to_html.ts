import type { Table } from "../npm/arrow.ts";
import { escapeHtml } from "./escape_html.ts";
import { tableView, type TableViewOptions } from "./table_view.ts";

/**
 * The table as an HTML `<table>`, with units; numbers flush right. It needs no style sheet.
 *
 * @example
 * ```ts
 * import { tableFromRows, tableToHtml } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert(tableToHtml(tableFromRows([{ medianNs: 2e6 }])).includes("2.00 ms"));
 * ```
 *
 * @throws {RangeError} if a column is asked for that the table does not have.
 *
 * @category Measurement
 */
export function tableToHtml(table: Table, options: TableViewOptions = {}): string {
  const { headings, cells, numeric } = tableView(table, options);
  const cell = (tag: string) => (text: string, column: number) =>
    `<${tag} style="text-align:${numeric[column] ? "right" : "left"}">${escapeHtml(text)}</${tag}>`;
  const row = (texts: readonly string[], tag: string) =>
    `<tr>${texts.map(cell(tag)).join("")}</tr>`;
  return `<table>\n<thead>${row(headings, "th")}</thead>\n<tbody>\n` +
    cells.map((texts) => row(texts, "td") + "\n").join("") + "</tbody>\n</table>";
}
