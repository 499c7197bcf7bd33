import defer * as arrow from "../npm/arrow.ts";
import type { Table } from "../npm/arrow.ts";
import { formatCell, formatHeading } from "./format.ts";
import { tableToRows } from "./table_rows.ts";

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

/**
 * The table's rows as plain data for JSON: exact values, a `schedule` as steps, not as text.
 *
 * @example
 * ```ts
 * import { tableFromRows, tableToJson } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([{ schedule: '[{"op":"tile","axis":"j","size":64}]' }]);
 * assert.deepEqual(tableToJson(table), [{ schedule: [{ op: "tile", axis: "j", size: 64 }] }]);
 * ```
 *
 * @category Measurement
 */
export function tableToJson(table: Table): readonly Readonly<Record<string, unknown>>[] {
  return tableToRows(table).map((row) =>
    typeof row.schedule === "string" ? { ...row, schedule: JSON.parse(row.schedule) } : row
  );
}

/**
 * Which columns to show, in order; default all.
 *
 * @category Measurement
 */
export interface TableViewOptions {
  /** The columns' names. */
  readonly columns?: readonly string[];
}

/** A table as texts, ready to be laid out. */
export interface TableView {
  readonly headings: readonly string[];
  readonly cells: readonly (readonly string[])[];
  /** What the cells stand for, exactly. */
  readonly values: readonly (readonly unknown[])[];
  /** Whether a column holds numbers and is set flush right. */
  readonly numeric: readonly boolean[];
}

/**
 * The table's cells as people read them, with units.
 *
 * @throws {RangeError} if a column is asked for that the table does not have.
 */
export function tableView(table: Table, { columns }: TableViewOptions = {}): TableView {
  const all = table.schema.fields.map((field) => field.name);
  const shown = columns ?? all;
  const unknown = shown.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`No column "${unknown}"; the table has ${all.join(", ")}`);
  }
  const rows = tableToRows(table);
  return {
    headings: shown.map(formatHeading),
    values: rows.map((row) => shown.map((name) => row[name])),
    cells: rows.map((row) => shown.map((name) => formatCell(name, row[name]))),
    numeric: shown.map((name) => {
      const type = table.getChild(name)?.type;
      return arrow.DataType.isFloat(type) || arrow.DataType.isInt(type);
    }),
  };
}

/** The text with everything that means something in HTML replaced. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
