import { checkOptions } from "../check_arguments.ts";
import type { ChartSpec } from "../chart/chart_spec.ts";
import { renderSvg } from "../chart/render_chart.ts";
import { printable } from "../printable.ts";
import type { Engine } from "../engine/engine.ts";
import { escapeHtml } from "../measure/print_table.ts";
import type { Model } from "../model/model.ts";
import type { Computation } from "../nest/pipeline.ts";
import type { Table } from "../npm/arrow.ts";
import type { Plan } from "../plan/plan.ts";
import { kindOf, type MediaBundle, type MediaOptions, richBundle } from "./rich_display.ts";

/**
 * Renders a value into every media type that a notebook may want to show it in.
 *
 * - Arrow table: `text/html`, `text/plain`; wide ones in brief columns, long ones in pages
 * - plan, model, engine, nest, pipeline: `text/html`, `text/plain`
 * - Vega-Lite: `application/vnd.vegalite.v5+json`, `image/svg+xml`, `text/plain`, and no
 *   `text/html`, which front ends would prefer to the chart
 * - string: `text/html` (preformatted), `text/plain`
 * - `{ html }`, `{ svg }`, `{ markdown }`: that, and `text/plain`
 *
 * @throws {TypeError} if the value is none of these, or a specification of another Vega-Lite version
 * @throws {RangeError} if a column is asked for that the table does not have
 *
 * @example
 * ```ts
 * import { mediaBundle } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const bundle = await mediaBundle("for i < 4:");
 * assert.equal(bundle["text/plain"], "for i < 4:");
 * assert.equal(bundle["text/html"], "<pre>for i &lt; 4:</pre>");
 * ```
 *
 * @category Notebooks
 */
export async function mediaBundle(
  showable: Showable,
  options: MediaOptions = {},
): Promise<MediaBundle> {
  checkOptions("mediaBundle", options, "columns renderPng");
  const value: unknown = showable;
  if (typeof value === "string") {
    return { "text/html": `<pre>${escapeHtml(value)}</pre>`, "text/plain": printable(value) };
  }
  if (!isObject(value)) throw notShowable(value);
  if (isSpec(value)) return await chart(value, options);
  const kind = kindOf(value);
  if (kind !== null) return await richBundle(value, kind, options);
  const text = typeof value.text === "string" ? value.text : null;
  if (typeof value.html === "string") {
    return { "text/html": value.html, "text/plain": text ?? withoutTags(value.html) };
  }
  if (typeof value.svg === "string") {
    return {
      "image/svg+xml": value.svg,
      ...await png(value.svg, options),
      "text/plain": text ?? withoutTags(value.svg),
    };
  }
  if (typeof value.markdown === "string") {
    return { "text/markdown": value.markdown, "text/plain": value.markdown };
  }
  throw notShowable(value);
}

async function chart(spec: ChartSpec, options: MediaOptions): Promise<MediaBundle> {
  // JupyterLab 4 draws version 5 and no other.
  if (!/\/vega-lite\/v5(\.|$)/.test(spec.$schema)) {
    throw new TypeError(
      `Cannot show a specification with $schema "${spec.$schema}"; ` +
        "needed: https://vega.github.io/schema/vega-lite/v5.json",
    );
  }
  const svg = await renderSvg(spec);
  return {
    "application/vnd.vegalite.v5+json": spec,
    "image/svg+xml": svg,
    ...await png(svg, options),
    "text/plain": chartToText(spec),
  };
}

async function png(svg: string, { renderPng }: MediaOptions): Promise<Record<string, string>> {
  return renderPng ? { "image/png": (await renderPng(svg)).toBase64() } : {};
}

function isSpec(value: Record<string, unknown>): value is ChartSpec & Record<string, unknown> {
  return typeof value.$schema === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notShowable(value: unknown): TypeError {
  const found = Array.isArray(value)
    ? "an array"
    : isObject(value)
    ? `an object with ${Object.keys(value).slice(0, 5).join(", ") || "no properties"}`
    : value === null
    ? "null"
    : typeof value;
  return new TypeError(
    `Cannot show ${found}; needed: an Arrow table, a Vega-Lite specification ($schema), a plan, model, ` +
      "engine or nest, a string, { html }, { svg } or { markdown }",
  );
}

function withoutTags(markup: string): string {
  return markup
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/g, "")
    .replace(/<\/(tr|p|div|li|pre|h\d|text)>|<br\s*\/?>/g, "\n")
    .replace(/<\/t[dh]>/g, "  ")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")
    .split("\n").map((line) => line.trimEnd()).filter((line) => line !== "").join("\n");
}

/**
 * What {@link show} understands.
 *
 * @category Notebooks
 */
export type Showable =
  | string
  | Table
  | Plan
  | Model
  | Engine
  | Computation
  | ShowableSpec
  | ShowableMarkup;

/**
 * A Vega-Lite specification: a plain object whose `$schema` names Vega-Lite version 5.
 *
 * @category Notebooks
 */
export type ShowableSpec =
  | { readonly $schema: string }
  | { readonly $schema: string; readonly [key: string]: unknown };

/**
 * Ready-made HTML, SVG or Markdown; `text` is what a terminal gets instead.
 *
 * @category Notebooks
 */
export type ShowableMarkup =
  | { readonly html: string; readonly text?: string }
  | { readonly svg: string; readonly text?: string }
  | { readonly markdown: string };

type Spec = Readonly<Record<string, unknown>>;

/**
 * A Vega-Lite specification in words, for where no picture can be shown: its title, then for every
 * mark what stands on which channel.
 *
 * @example
 * ```ts
 * import { chartToText } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const text = chartToText({
 *   title: "Speed-up",
 *   data: { values: [{ kernel: "naive", speedup: 1 }, { kernel: "best", speedup: 60 }] },
 *   mark: "bar",
 *   encoding: { x: { field: "kernel" }, y: { field: "speedup" } },
 * });
 * assert.equal(text, "chart: Speed-up (2 rows)\n  bar: x = kernel, y = speedup");
 * ```
 *
 * @category Notebooks
 */
export function chartToText(spec: Readonly<Record<string, unknown>>): string {
  const title = titleOf(spec.title);
  const rows = rowCount(spec);
  const head = "chart" + (title ? `: ${title}` : "") + (rows === null ? "" : ` (${rows} rows)`);
  return [head, ...new Set(describe(spec, {}))].join("\n");
}

function titleOf(title: unknown): string {
  const text = isRecord(title) ? title.text : title;
  return Array.isArray(text) ? text.join(" ") : typeof text === "string" ? text : "";
}

function rowCount(spec: Spec): number | null {
  return isRecord(spec.data) && Array.isArray(spec.data.values) ? spec.data.values.length : null;
}

/** One line for every mark; a layer inherits the encoding of what it lies in. */
function describe(spec: Spec, inherited: Spec): string[] {
  const encoding = { ...inherited, ...(isRecord(spec.encoding) ? spec.encoding : {}) };
  if (spec.mark !== undefined) return [`  ${markOf(spec.mark)}${channels(encoding)}`];
  const parts = [spec.layer, spec.hconcat, spec.vconcat, spec.concat, [spec.spec]];
  return parts.flatMap((part) => Array.isArray(part) ? part : [])
    .filter(isRecord).flatMap((part) => describe(part, encoding));
}

function markOf(mark: unknown): string {
  return isRecord(mark) ? String(mark.type) : String(mark);
}

function channels(encoding: Spec): string {
  const named = Object.entries(encoding).flatMap(([channel, definition]) =>
    isRecord(definition) && typeof definition.field === "string"
      ? [`${channel} = ${definition.field}`]
      : []
  );
  return named.length === 0 ? "" : `: ${named.join(", ")}`;
}

function isRecord(value: unknown): value is Spec {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
