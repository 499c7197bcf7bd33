import { checkOptions } from "../check_arguments.ts";
import { turn } from "../host.ts";
import { escapeHtml, tableView } from "../measure/print_table.ts";
import type { Table } from "../npm/arrow.ts";
import type { ChartSpec } from "./chart_spec.ts";
import type { ModelGraph } from "./model_graph.ts";
import { renderSvg } from "./render_chart.ts";
import { reportScript, reportStyle } from "./report_page.ts";

/**
 * A named piece of preformatted text, e.g. a nest's pseudo-code.
 *
 * @category Charts
 */
export interface ReportListing {
  /** The heading above the text. */
  readonly name: string;
  /** The text, kept as it is. */
  readonly text: string;
  /** A line below the name, e.g. what changed. */
  readonly note?: string;
}

/**
 * A part of a report; whatever is given is shown in this order.
 *
 * @category Charts
 */
export interface ReportSection {
  /** The section's heading. */
  readonly title: string;
  /** Paragraphs of plain text. */
  readonly text?: string | readonly string[];
  /** Judgements in words, shown as a list. */
  readonly verdicts?: readonly string[];
  /** Drawn as SVG, side by side as far as the page is wide; marks tell more when pointed at. */
  readonly charts?: readonly ChartSpec[];
  /** A model's graph; an operator that is clicked tells of itself beside it. */
  readonly graph?: ModelGraph;
  /** Shown with units; a click on a heading sorts, what is long is folded. */
  readonly table?: Table;
  /** The table's columns to show; default all. */
  readonly columns?: readonly string[];
  /** Shown side by side as far as the page is wide; long ones are folded. */
  readonly listings?: readonly ReportListing[];
}

/**
 * What a report page holds.
 *
 * @category Charts
 */
export interface Report {
  /** The page's heading. */
  readonly title: string;
  /** The outcome in a sentence or two, below the title. */
  readonly summary?: string;
  /** Shown in this order. */
  readonly sections: readonly ReportSection[];
  /** Facts for the foot of the page, e.g. `tableMetadata(table)`; null is shown as unknown. */
  readonly environment?: Readonly<Record<string, unknown>>;
}

/**
 * One self-contained HTML page: texts, verdicts, charts as SVG, a model's graph, tables, listings and
 * the circumstances. It loads nothing, follows the reader's light or dark setting, and prints. Marks of
 * charts tell more when pointed at, tables are sorted by a click on a heading; without scripts the page
 * shows everything, unfolded.
 *
 * @example
 * ```ts
 * import { reportHtml, tableFromRows } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const page = await reportHtml({
 *   title: "Loop order",
 *   sections: [{ title: "Times", table: tableFromRows([{ kernel: "naive", medianNs: 2e6 }]) }],
 * });
 * assert(page.includes("2.00 ms"));
 * ```
 *
 * @throws {TypeError} if a chart cannot be drawn.
 * @throws {RangeError} if a column is asked for that the table does not have.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @category Charts
 */
export async function reportHtml(report: Report, options: ReportOptions = {}): Promise<string> {
  checkOptions("reportHtml", options, "signal");
  const sections: string[] = [];
  for (const section of report.sections) sections.push(await sectionHtml(section, options));
  const title = escapeHtml(report.title);
  const summary = report.summary === undefined
    ? ""
    : `<p class="summary">${escapeHtml(report.summary)}</p>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
${reportStyle}
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${summary}${sections.join("")}</main>
${report.environment === undefined ? "" : environmentHtml(report.environment)}<script>
${reportScript}
</script>
</body>
</html>
`;
}

/**
 * Options of `reportHtml`.
 *
 * @category Charts
 */
export interface ReportOptions {
  /** Ends it between two charts. */
  readonly signal?: AbortSignal;
}

async function sectionHtml(section: ReportSection, { signal }: ReportOptions): Promise<string> {
  const { title, text = [], verdicts = [], charts = [], graph, table, columns, listings = [] } =
    section;
  const figures: string[] = [];
  for (const chart of charts) {
    await turn(signal);
    figures.push(await figureHtml(chart));
  }
  signal?.throwIfAborted();
  const paragraphs = typeof text === "string" ? [text] : text;
  return [
    "<section>",
    `<h2>${escapeHtml(title)}</h2>`,
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...list(verdicts.map((verdict) => `<li>${escapeHtml(verdict)}</li>`), "ul", "verdicts"),
    ...list(figures, "div", "charts"),
    ...(graph === undefined ? [] : [graphHtml(graph)]),
    ...(table === undefined ? [] : [tableHtml(table, columns)]),
    ...list(listings.map(listingHtml), "div", "listings"),
    "</section>\n",
  ].join("\n");
}

function list(items: readonly string[], tag: string, name: string): readonly string[] {
  return items.length === 0 ? [] : [`<${tag} class="${name}">`, ...items, `</${tag}>`];
}

async function figureHtml(spec: ChartSpec): Promise<string> {
  return `<figure>${await renderSvg(spec)}</figure>`;
}

function graphHtml({ svg, details }: ModelGraph): string {
  const articles = details.map(({ id, title, facts, listing }) => {
    const lines = facts.map(([name, value]) =>
      `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`
    );
    const code = listing === null ? "" : `<pre>${escapeHtml(listing)}</pre>`;
    return `<article id="${escapeHtml(id)}"><h3>${escapeHtml(title)}</h3>` +
      `<dl>${lines.join("")}</dl>${code}</article>`;
  });
  return [
    '<div class="graph">',
    `<figure tabindex="0">${svg}</figure>`,
    '<aside aria-live="polite">',
    '<p class="hint">Click an operator for its tensors, its memory and its kernel.</p>',
    ...articles,
    "</aside>",
    "</div>",
  ].join("\n");
}

/** A longer text is set in several lines. */
const lineLength = 48;

function tableHtml(table: Table, columns: readonly string[] | undefined): string {
  const { headings, cells, values, numeric } = tableView(table, { columns });
  const classOf = (column: number, text: string) =>
    numeric[column] ? ' class="number"' : text.length > lineLength ? ' class="long"' : "";
  const head = headings.map((text, column) =>
    `<th scope="col"${classOf(column, "")}>${escapeHtml(text)}</th>`
  );
  const row = (texts: readonly string[], index: number) =>
    texts.map((text, column) => {
      const exact = numeric[column] && values[index][column] !== null
        ? ` data-value="${values[index][column]}"`
        : "";
      return `<td${classOf(column, text)}${exact}>${escapeHtml(text)}</td>`;
    }).join("");
  const rows = cells.map((texts, index) => `<tr>${row(texts, index)}</tr>\n`).join("");
  return `<div class="table" tabindex="0"><table>\n<thead><tr>${head.join("")}</tr></thead>\n` +
    `<tbody>\n${rows}</tbody>\n</table></div>`;
}

/** A listing of more lines is folded. */
const mostLines = 40;

function listingHtml({ name, text, note }: ReportListing): string {
  const below = note === undefined ? "" : `<p>${escapeHtml(note)}</p>`;
  const lines = text.trimEnd().split("\n").length;
  const code = `<pre tabindex="0">${escapeHtml(text)}</pre>`;
  const shown = lines > mostLines
    ? `<details><summary>${lines} lines</summary>${code}</details>`
    : code;
  return `<article><h3>${escapeHtml(name)}</h3>${below}${shown}</article>`;
}

function environmentHtml(environment: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries(environment).map(([name, value]) =>
    `<div><dt>${escapeHtml(wordsOf(name))}</dt><dd>${escapeHtml(factText(value))}</dd></div>`
  );
  return `<footer>\n<h2>Circumstances</h2>\n<dl>\n${facts.join("\n")}\n</dl>\n</footer>\n`;
}

function wordsOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
}

function factText(value: unknown): string {
  if (value === null || value === undefined) return "unknown";
  if (value === "") return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  if (Array.isArray(value)) return value.map(factText).join(", ");
  if (typeof value === "object") {
    return Object.entries(value).map(([key, item]) => `${key} ${factText(item)}`).join(", ");
  }
  return String(value);
}
