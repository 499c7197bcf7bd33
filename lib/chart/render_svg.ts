import type { ChartSpec } from "./chart_spec.ts";

/**
 * Draws a chart as SVG text. Vega is loaded on first use (about 0.2 s).
 *
 * @example
 * ```ts
 * import { chartCacheMisses, renderSvg } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const svg = await renderSvg(chartCacheMisses([{ tile: 16, level: "L1", misses: 4096 }]));
 * assert(svg.startsWith("<svg"));
 * ```
 *
 * @throws {TypeError} if the specification is not one that Vega-Lite understands.
 *
 * @category Charts
 */
export async function renderSvg(spec: ChartSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([
    import("../npm/vega.ts"),
    import("../npm/vega_lite.ts"),
  ]);
  // Without a canvas Vega takes 0.8 em a character, which leaves wide gaps beside short labels.
  const { textMetrics } = vega as unknown as { textMetrics: { width: typeof textWidth } };
  textMetrics.width = textWidth;
  // Vega's own logger prints; what matters arrives as an exception.
  const logger = vega.logger(vega.None);
  try {
    const { spec: compiled } = vegaLite.compile(spec as never, { logger });
    const view = new vega.View(vega.parse(compiled), { renderer: "none", logger });
    try {
      return await view.toSVG();
    } finally {
      view.finalize();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TypeError(`The chart cannot be drawn: ${why}`, { cause: error });
  }
}

/** Width in pixels of a text mark's text: sans-serif faces take 0.5 to 0.6 em a character. */
function textWidth(item: { readonly fontSize?: number }, text: unknown): number {
  return 0.6 * (item.fontSize ?? 11) * String(text ?? "").length;
}
