import type { Table } from "../npm/arrow.ts";
import type { ChartSpec } from "../chart/chart_spec.ts";
import { renderSvg } from "../chart/render_svg.ts";
import { escapeHtml } from "../measure/escape_html.ts";
import { tableToHtml } from "../measure/table_to_html.ts";
import { tableToText } from "../measure/table_to_text.ts";
import { chartToText } from "./chart_text.ts";
import type { MediaBundle, MediaOptions, Showable } from "./showable.ts";

/**
 * Renders a value into every media type that a notebook may want to show it in.
 *
 * - Arrow table: `text/html`, `text/plain`
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
  const value: unknown = showable;
  if (typeof value === "string") {
    return { "text/html": `<pre>${escapeHtml(value)}</pre>`, "text/plain": value };
  }
  if (isTable(value)) {
    return {
      "text/html": tableToHtml(value, options),
      "text/plain": tableToText(value, options).trimEnd(),
    };
  }
  if (!isObject(value)) throw notShowable(value);
  if (isSpec(value)) return await chart(value, options);
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

// Told by its shape, because the caller's copy of apache-arrow may be another one than ours.
function isTable(value: unknown): value is Table {
  if (!isObject(value)) return false;
  const { schema, numRows, getChildAt } = value as unknown as Partial<Table>;
  return Array.isArray(schema?.fields) && typeof numRows === "number" &&
    typeof getChildAt === "function";
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
    `Cannot show ${found}; needed: an Arrow table, a Vega-Lite specification ($schema), a string, ` +
      "{ html }, { svg } or { markdown }",
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
