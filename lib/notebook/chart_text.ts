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
  const text = isObject(title) ? title.text : title;
  return Array.isArray(text) ? text.join(" ") : typeof text === "string" ? text : "";
}

function rowCount(spec: Spec): number | null {
  return isObject(spec.data) && Array.isArray(spec.data.values) ? spec.data.values.length : null;
}

/** One line for every mark; a layer inherits the encoding of what it lies in. */
function describe(spec: Spec, inherited: Spec): string[] {
  const encoding = { ...inherited, ...(isObject(spec.encoding) ? spec.encoding : {}) };
  if (spec.mark !== undefined) return [`  ${markOf(spec.mark)}${channels(encoding)}`];
  const parts = [spec.layer, spec.hconcat, spec.vconcat, spec.concat, [spec.spec]];
  return parts.flatMap((part) => Array.isArray(part) ? part : [])
    .filter(isObject).flatMap((part) => describe(part, encoding));
}

function markOf(mark: unknown): string {
  return isObject(mark) ? String(mark.type) : String(mark);
}

function channels(encoding: Spec): string {
  const named = Object.entries(encoding).flatMap(([channel, definition]) =>
    isObject(definition) && typeof definition.field === "string"
      ? [`${channel} = ${definition.field}`]
      : []
  );
  return named.length === 0 ? "" : `: ${named.join(", ")}`;
}

function isObject(value: unknown): value is Spec {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
