import type { TopLevelSpec } from "vega-lite";

/**
 * Renders a Vega-Lite specification to SVG text, without a canvas (text widths are estimated).
 * Vega is loaded at the first call, so that importing this module costs nothing.
 *
 * @example
 * ```ts
 * import { renderSvg } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const svg = await renderSvg({
 *   $schema: "https://vega.github.io/schema/vega-lite/v5.json",
 *   data: { values: [{ tile: 8, misses: 120 }, { tile: 64, misses: 31 }] },
 *   mark: "bar",
 *   encoding: {
 *     x: { field: "tile", type: "ordinal" },
 *     y: { field: "misses", type: "quantitative" },
 *   },
 * });
 * assert.match(svg, /^<svg/);
 * ```
 */
export async function renderSvg(spec: Readonly<Record<string, unknown>>): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const compiled = vegaLite.compile(spec as unknown as TopLevelSpec).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
