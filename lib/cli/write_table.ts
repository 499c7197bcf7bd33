import type { Table } from "../npm/arrow.ts";
import type { ChartSpec } from "../chart/chart_spec.ts";
import { renderPng } from "../chart/render_png.ts";
import { renderSvg } from "../chart/render_svg.ts";
import { saveTable } from "../measure/table_file.ts";
import { tableToCsv } from "../measure/table_to_csv.ts";
import { tableToMarkdown } from "../measure/table_to_markdown.ts";
import { writeWhole } from "../measure/write_whole.ts";
import { UsageError } from "./usage_error.ts";

/** What one result looks like in each of the formats that `--out` knows. */
export interface Result {
  readonly table: Table;
  readonly chart: () => ChartSpec;
  readonly json: () => unknown;
  readonly html: () => Promise<string>;
}

const writers: Readonly<Record<string, (path: string, result: Result) => Promise<void>>> = {
  arrow: (path, { table }) => saveTable(path, table),
  csv: (path, { table }) => writeWhole(path, tableToCsv(table)),
  md: (path, { table }) => writeWhole(path, tableToMarkdown(table)),
  json: (path, { json }) => writeWhole(path, JSON.stringify(json(), null, 2) + "\n"),
  svg: async (path, { chart }) => writeWhole(path, await renderSvg(chart())),
  png: async (path, { chart }) => writeWhole(path, await renderPng(chart())),
  html: async (path, { html }) => writeWhole(path, await html()),
};

/**
 * The extension of an output file, checked before any work is done for it.
 *
 * @throws {UsageError} no format has this extension.
 */
export function outputFormat(path: string, formats = Object.keys(writers)): string {
  const extension = /\.([a-z]+)$/i.exec(path)?.[1].toLowerCase() ?? "";
  if (formats.includes(extension)) return extension;
  throw new UsageError(
    `--out ${path}: the extension must be one of ${formats.map((each) => `.${each}`).join(" ")}`,
  );
}

/** Writes a result in the format that the file's extension names. */
export async function writeResult(path: string, result: Result): Promise<void> {
  await writers[outputFormat(path)](path, result);
}
