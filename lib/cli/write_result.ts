import type { ChartSpec } from "../chart/chart_spec.ts";
import { renderPng, renderSvg } from "../chart/render_chart.ts";
import { cautions } from "../measure/cautions.ts";
import { verdicts } from "../measure/verdict.ts";
import { tableToCsv, tableToJson, tableToMarkdown } from "../measure/print_table.ts";
import { saveTable, writeWhole } from "../measure/table_file.ts";
import { tableCircumstances } from "../measure/table_rows.ts";
import type { Table } from "../npm/arrow.ts";
import { type CommandContext, UsageError } from "./command.ts";
import { printTable, say } from "./terminal.ts";

/** What one result looks like in each of the formats that `--out` knows. */
export interface Result {
  readonly table: Table;
  /** Absent where there is nothing to draw: the formats of images are not offered then. */
  readonly chart?: () => ChartSpec;
  readonly json: () => unknown;
  readonly html: () => Promise<string>;
}

const writers: Readonly<Record<string, (path: string, result: Result) => Promise<void>>> = {
  arrow: (path, { table }) => saveTable(path, table),
  csv: (path, { table }) => writeWhole(path, tableToCsv(table)),
  md: (path, { table }) => writeWhole(path, tableToMarkdown(table)),
  json: (path, { json }) => writeWhole(path, JSON.stringify(json(), null, 2) + "\n"),
  svg: async (path, { chart }) => writeWhole(path, await renderSvg(chart!())),
  png: async (path, { chart }) => writeWhole(path, await renderPng(chart!())),
  html: async (path, { html }) => writeWhole(path, await html()),
};

/**
 * The extension of an output file, checked before any work is done for it.
 *
 * @throws {UsageError} no format has this extension.
 */
export function outputFormat(
  path: string,
  formats = Object.keys(writers),
  flag = "--out",
): string {
  const extension = /\.([a-z]+)$/i.exec(path)?.[1].toLowerCase() ?? "";
  if (formats.includes(extension)) return extension;
  throw new UsageError(
    `${flag} ${path}: the extension must be one of ${formats.map((each) => `.${each}`).join(" ")}`,
  );
}

/** Writes a result in the format that the file's extension names. */
export async function writeResult(path: string, result: Result): Promise<void> {
  await writers[outputFormat(path)](path, result);
}

/** Writes a timing record to the files of `--out`, then prints it: a table and verdicts, or JSON. */
export async function reportTimings(
  context: CommandContext,
  { columns, verdicts: said, ...result }: Omit<Result, "json"> & {
    readonly columns: readonly string[];
    /** What is said of the rows; left out: their speed-ups in words. */
    readonly verdicts?: readonly string[];
  },
): Promise<void> {
  const { flags, print, note, resolve } = context;
  const json = () => timingJson(result.table);
  for (const file of flags.out as readonly string[]) {
    await writeResult(resolve(file), { ...result, json });
    note(`wrote ${file}`);
  }
  if (flags.json) {
    print(JSON.stringify(json()));
    return;
  }
  printTable(context, result.table, { columns, importance: timingImportance });
  const lines = said ?? verdicts(result.table);
  for (const line of [...lines, ...cautions(result.table)]) say(context, line);
}

/** Columns of a timing record, the most important first. */
export const timingImportance: readonly string[] = [
  ...[
    "kernel",
    "backend",
    "medianNs",
    "gmacPerS",
    "speedup",
    "peakShare",
    "speedupLow",
    "speedupHigh",
  ],
  ...["minNs", "samples", "threads", "scratchBytes", "multiplications", "verified", "shape"],
];

/** The object that `--json` prints of a timing record. */
function timingJson(table: Table): unknown {
  return {
    schemaVersion: 1,
    environment: tableCircumstances(table),
    rows: tableToJson(table).map(({ kernel, gmacPerS, ...row }) => ({
      variant: kernel,
      ...row,
      gflops: 2 * (gmacPerS as number),
    })),
  };
}
