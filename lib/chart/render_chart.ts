import { checkOptions } from "../check_arguments.ts";
import { turn } from "../host.ts";
import { printable } from "../printable.ts";
import type { ChartSpec } from "./chart_spec.ts";
import { indexedPng } from "./indexed_png.ts";

/**
 * Draws a chart as SVG text, what its marks tell when pointed at in their titles. Vega is
 * loaded on first use (about 0.2 s).
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
      await view.runAsync();
      describe((view.scenegraph() as unknown as { readonly root: SceneItem }).root);
      // XML has no control characters, however they are written.
      return withTitles(printable(await view.toSVG()));
    } finally {
      view.finalize();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TypeError(`The chart cannot be drawn: ${why}`, { cause: error });
  }
}

/** A mark, a group of marks, or one item of a mark. */
interface SceneItem {
  readonly marktype?: string;
  readonly items?: readonly SceneItem[];
  readonly tooltip?: unknown;
  description?: string;
}

/**
 * What a mark shows when one points at it becomes its description, which Vega writes into the SVG
 * (`aria-label`). It has a line for every field.
 */
function describe(item: SceneItem): void {
  const { tooltip, marktype, items = [] } = item;
  if (typeof tooltip === "object" && tooltip !== null) {
    item.description = Object.entries(tooltip).filter(([, value]) => String(value) !== "")
      .map(([name, value]) => `${name}: ${value}`).join("\n");
  }
  // A line is one element: what is true of its first point alone does not describe it.
  const first = JSON.stringify(items[0]?.tooltip);
  if (marktype === "line" && items.some((point) => JSON.stringify(point.tooltip) !== first)) return;
  items.forEach(describe);
}

/** Descriptions of several lines as titles: a browser shows them by itself, a screen reader reads them. */
function withTitles(svg: string): string {
  return svg.replace(
    /<(\w+) aria-label="([^"]*&#xA;[^"]*)"([^>]*?)\/>/g,
    (_, tag, text, rest) => `<${tag}${rest}><title>${text}</title></${tag}>`,
  );
}

/** Width in pixels of a text mark's text: sans-serif faces take 0.5 to 0.6 em a character. */
function textWidth(item: { readonly fontSize?: number }, text: unknown): number {
  return 0.6 * (item.fontSize ?? 11) * String(text ?? "").length;
}

/**
 * How to draw a PNG.
 *
 * @category Charts
 */
export interface RenderPngOptions {
  /** Pixels per unit of the chart; default 2, for sharp screens. */
  readonly scale?: number;
  /**
   * At most so many colours, 2 to 256: the rarest become the nearest of the others, which one does not
   * see in a chart, and the file is a third of the size. Default: all that are drawn.
   */
  readonly colors?: number;
  /** Ends it between its parts: what Vega and resvg do is done in one go each. */
  readonly signal?: AbortSignal;
}

/**
 * Draws a chart, or SVG text, as a PNG file's bytes through resvg, which is native code: it needs
 * `--allow-ffi --allow-read` and a font on the machine.
 *
 * @throws {RangeError} if the scale is not above 0 and up to 16, or the colours are not 2 to 256.
 * @throws {Error} if resvg cannot be loaded here, or finds no font.
 * @throws {TypeError} if the specification is not one that Vega-Lite understands.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @category Charts
 */
export async function renderPng(
  picture: ChartSpec | string,
  options: RenderPngOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("renderPng", options, "scale colors signal");
  const { scale = 2, colors, signal } = options;
  if (colors !== undefined && !(Number.isInteger(colors) && colors >= 2 && colors <= 256)) {
    throw new RangeError(`colors is ${colors}, needs an integer from 2 to 256`);
  }
  if (!(scale > 0 && scale <= 16)) {
    throw new RangeError(`scale is ${scale}, needs a number above 0 and up to 16`);
  }
  await turn(signal);
  const { Resvg } = await loadResvg();
  if (new Resvg(probe).getBBox() === undefined) {
    throw new Error("No font was found, so a PNG would have no text; install one or write an SVG");
  }
  const svg = typeof picture === "string" ? picture : await renderSvg(picture);
  await turn(signal);
  const drawn = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { sansSerifFamily: sans, defaultFontFamily: sans },
  });
  const image = drawn.render();
  await turn(signal);
  return colors === undefined
    ? Uint8Array.from(image.asPng())
    : await indexedPng(image, { colors, signal });
}

/** Without a name resvg falls back to the first font it finds, mostly one with serifs. */
const sans = Deno.build.os === "linux" ? "DejaVu Sans" : "Arial";

const probe = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">' +
  '<text x="2" y="16" font-family="sans-serif" font-size="14">x</text></svg>';

async function loadResvg(): Promise<typeof import("../npm/resvg.ts")> {
  try {
    return await withoutReport(() => import("../npm/resvg.ts"));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`PNG needs @resvg/resvg-js, which did not load: ${why}; SVG needs nothing`, {
      cause: error,
    });
  }
}

interface Reporter {
  getReport: () => object;
}

/**
 * To know the C library, resvg asks for a report on the whole machine, its networks too. Deno runs on
 * glibc alone.
 */
async function withoutReport<Result>(load: () => Promise<Result>): Promise<Result> {
  const { report } =
    (globalThis as { readonly process?: { readonly report?: Reporter } }).process ??
      {};
  if (Deno.version.deno === null || !report) return await load();
  const { getReport } = report;
  report.getReport = () => ({ header: { glibcVersionRuntime: "2" } });
  try {
    return await load();
  } finally {
    report.getReport = getReport;
  }
}
