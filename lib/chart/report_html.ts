import { escapeHtml, tableToHtml } from "../measure/print_table.ts";
import type { Table } from "../npm/arrow.ts";
import { type ChartSpec, ink } from "./chart_spec.ts";
import { renderSvg } from "./render_chart.ts";

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
  /** Drawn as SVG, side by side as far as the page is wide. */
  readonly charts?: readonly ChartSpec[];
  /** Shown with units. */
  readonly table?: Table;
  /** The table's columns to show; default all. */
  readonly columns?: readonly string[];
  /** Shown side by side as far as the page is wide. */
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
 * One self-contained HTML page: texts, verdicts, charts as SVG, tables, listings and the
 * circumstances. It loads nothing, follows the reader's light or dark setting, and prints.
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
 *
 * @category Charts
 */
export async function reportHtml(report: Report): Promise<string> {
  const sections = await Promise.all(report.sections.map(sectionHtml));
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
${reportStyle}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${summary}${sections.join("")}</main>
${report.environment === undefined ? "" : environmentHtml(report.environment)}</body>
</html>
`;
}

async function sectionHtml(section: ReportSection): Promise<string> {
  const { title, text = [], verdicts = [], charts = [], table, columns, listings = [] } = section;
  const figures = await Promise.all(charts.map(figureHtml));
  const paragraphs = typeof text === "string" ? [text] : text;
  return [
    "<section>",
    `<h2>${escapeHtml(title)}</h2>`,
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...list(verdicts.map((verdict) => `<li>${escapeHtml(verdict)}</li>`), "ul", "verdicts"),
    ...list(figures, "div", "charts"),
    ...(table === undefined ? [] : [`<div class="table">${tableToHtml(table, { columns })}</div>`]),
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

function listingHtml({ name, text, note }: ReportListing): string {
  const below = note === undefined ? "" : `<p>${escapeHtml(note)}</p>`;
  return `<article><h3>${escapeHtml(name)}</h3>${below}<pre>${escapeHtml(text)}</pre></article>`;
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

/**
 * The style sheet of a report. Charts are drawn in the colours of a light page; on a dark one their
 * texts and lines take the page's.
 */
const reportStyle: string = `:root {
  --page: #ffffff; --card: #f6f8fa; --ink: ${ink.strong}; --soft: ${ink.soft}; --line: ${ink.line};
  --accent: #0072b2;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14181d; --card: #1c2229; --ink: #e6eaee; --soft: #a3aeb9; --line: #343d47;
    --accent: #56b4e9;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif;
}
main, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
h1 { font-size: 1.9em; line-height: 1.2; margin: 1.2em 0 0.3em; }
h2 { font-size: 1.25em; margin: 2em 0 0.5em; }
h3 { font: 600 0.9em ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; margin: 0; }
p { max-width: 72ch; margin: 0.5em 0; }
.summary { font-size: 1.15em; color: var(--soft); }
.verdicts { padding-left: 1.2em; margin: 0.6em 0; }
.charts { display: flex; flex-wrap: wrap; gap: 16px; }
figure { margin: 0.5em 0; max-width: 100%; }
figure svg { max-width: 100%; height: auto; display: block; }
figure svg > rect[fill="white"] { fill: none; }
figure svg text { fill: var(--ink); }
figure svg [stroke="${ink.line}"] { stroke: var(--line); }
figure svg [stroke="${ink.strong}"], figure svg [stroke="#000000"] { stroke: var(--ink); }
figure svg [stroke="${ink.soft}"] { stroke: var(--soft); }
figure svg [fill="${ink.strong}"], figure svg [fill="#000000"] { fill: var(--ink); }
.table { overflow-x: auto; margin: 0.8em 0; }
table { border-collapse: collapse; font-size: 0.88em; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; }
tbody tr:hover { background: var(--card); }
.listings {
  display: grid; gap: 14px; margin: 0.8em 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr));
}
article {
  background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 12px 14px;
  min-width: 0;
}
article p { color: var(--soft); font-size: 0.85em; margin: 2px 0 0; }
pre {
  margin: 8px 0 0; overflow-x: auto; tab-size: 2;
  font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
footer { color: var(--soft); font-size: 0.82em; padding-bottom: 48px; }
footer h2 { font-size: 1.1em; border-top: 1px solid var(--line); padding-top: 1.2em; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 6px 24px; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
@media print {
  body { font-size: 10.5pt; }
  main, footer { max-width: none; padding: 0; }
  figure, article, tr, dl div { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  pre { white-space: pre-wrap; }
  .table { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding: 3px 6px; }
}
`;
