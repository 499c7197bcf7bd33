import { checkArguments, checkOptions } from "../check_arguments.ts";
import { namesThereAre } from "../nearest_name.ts";
import defer * as arrow from "../npm/arrow.ts";
import type { Table } from "../npm/arrow.ts";
import { formatCell, formatHeading } from "./format.ts";
import { printable } from "../printable.ts";
import { fittingWidths } from "./fit_columns.ts";
import { columnNames, jsonValue, stepsOf, tableToRows } from "./table_rows.ts";

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
 * @example In a terminal, or in a mail
 * ```ts
 * import { tableFromRows, tableToText } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([{ layer: 1, remark: "as long as it likes", macs: 1024 }]);
 * assert.equal(tableToText(table, { width: 13, importance: ["layer", "macs"] }), [
 *   "layer   MACs",
 *   "    1  1,024",
 *   "",
 * ].join("\n"));
 * ```
 *
 * @throws {RangeError} if a column is asked for that the table does not have.
 *
 * @category Measurement
 */
export function tableToText(table: Table, options: TableTextOptions = {}): string {
  checkOptions("tableToText", options, "columns width importance");
  checkArguments("tableToText", { table });
  const { width = Infinity, importance, ...view } = options;
  const { headings, cells, numeric } = tableView(table, view);
  const lines = [headings, ...cells].map((line) =>
    line.map((cell) => cell.replaceAll(/\r?\n/g, " "))
  );
  const names = view.columns ?? columnNames(table);
  const widths = fittingWidths(names, { lines, numeric, width, importance });
  return lines.map((line) =>
    line.flatMap((cell, column) => {
      const most = widths[column];
      if (most === 0) return [];
      const text = cell.length > most ? `${cell.slice(0, most - 1).trimEnd()}…` : cell;
      return numeric[column] ? text.padStart(most) : text.padEnd(most);
    }).join("  ").trimEnd() + "\n"
  ).join("");
}

/** The columns that {@link tableToText} would leave out. */
export function columnsLeftOut(table: Table, options: TableTextOptions): readonly string[] {
  const { width = Infinity, importance, ...view } = options;
  const { headings, cells, numeric } = tableView(table, view);
  const names = view.columns ?? columnNames(table);
  const widths = fittingWidths(names, { lines: [headings, ...cells], numeric, width, importance });
  return names.filter((_, column) => widths[column] === 0);
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
  checkOptions("tableToMarkdown", options, "columns");
  checkArguments("tableToMarkdown", { table });
  const { headings, cells, numeric } = tableView(table, options);
  const line = (texts: readonly string[]) => `| ${texts.map(escaped).join(" | ")} |\n`;
  const rule = `|${numeric.map((right) => right ? "---:" : "---").join("|")}|\n`;
  return line(headings) + rule + cells.map(line).join("");
}

function escaped(text: string): string {
  // Neither markup of HTML, nor code, links and pictures of Markdown.
  return text.replaceAll(/[\\|`[\]<&]/g, "\\$&").replaceAll(/\r?\n/g, " ");
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
  checkOptions("tableToHtml", options, "columns");
  checkArguments("tableToHtml", { table });
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
  checkArguments("tableToCsv", { table });
  const names = columnNames(table);
  const line = (cells: readonly unknown[]) => cells.map(cellText).join(",") + "\r\n";
  return line(names) +
    tableToRows(table).map((row) => line(names.map((name) => row[name]))).join("");
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  // A spreadsheet computes what begins like this, but for numbers.
  const acts = typeof value === "string" && /^[=+\-@\t\r]/.test(value);
  const text = printable(`${acts ? "'" : ""}${value}`);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The table's rows as plain data for JSON: exact values (whole numbers beyond 2^53 as text), a
 * `schedule` as steps, not as text.
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
  checkArguments("tableToJson", { table });
  return tableToRows(table).map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        name === "schedule" && typeof value === "string" ? stepsOf(value) : jsonValue(value),
      ]),
    )
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

/**
 * How a table becomes text.
 *
 * @category Measurement
 */
export interface TableTextOptions extends TableViewOptions {
  /** Characters of a line at most: long texts are cut, then columns left out; default no limit. */
  readonly width?: number;
  /** Columns that are left out last, the most important first; others go from the right. */
  readonly importance?: readonly string[];
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
  const all = columnNames(table);
  const shown = columns ?? all;
  const unknown = shown.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`No column "${unknown}"${namesThereAre(unknown, all)}`);
  }
  const rows = tableToRows(table);
  return {
    headings: shown.map((name) => printable(formatHeading(name))),
    values: rows.map((row) => shown.map((name) => row[name])),
    cells: rows.map((row) => shown.map((name) => printable(formatCell(name, row[name])))),
    numeric: shown.map((name) => {
      const type = table.getChildAt(all.indexOf(name))?.type;
      return arrow.DataType.isFloat(type) || arrow.DataType.isInt(type);
    }),
  };
}

/** The text with everything that means something in HTML or XML replaced. */
export function escapeHtml(text: string): string {
  return printable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
