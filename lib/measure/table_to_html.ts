import type { Table } from "apache-arrow";
import { escapeHtml } from "./escape_html.ts";
import { cellText } from "./table_to_text.ts";

/**
 * A table as an HTML `<table>`; text is escaped, numbers stand to the right.
 *
 * @example
 * ```ts
 * import { tableToHtml } from "tinyloom";
 * import { tableFromArrays } from "apache-arrow";
 * import assert from "node:assert/strict";
 *
 * assert.match(tableToHtml(tableFromArrays({ name: ["a<b"] })), /<td>a&lt;b<\/td>/);
 * ```
 */
export function tableToHtml(table: Table): string {
  const columns = table.schema.fields.map((_, index) => Array.from(table.getChildAt(index) ?? []));
  const head = table.schema.fields.map((field) => `<th>${escapeHtml(field.name)}</th>`).join("");
  const body = Array.from({ length: table.numRows }, (_, row) => {
    return `<tr>${columns.map((values) => cellHtml(values[row])).join("")}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table>`;
}

function cellHtml(value: unknown): string {
  const style = typeof value === "number" ? ' style="text-align:right"' : "";
  return `<td${style}>${escapeHtml(cellText(value))}</td>`;
}
