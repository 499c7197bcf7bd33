import { checkOptions } from "../check_arguments.ts";
import { printable } from "../printable.ts";
import type { ChartSpec } from "./chart_spec.ts";

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
}

/**
 * Draws a chart, or SVG text, as a PNG file's bytes through resvg, which is native code: it needs
 * `--allow-ffi --allow-read` and a font on the machine.
 *
 * @throws {RangeError} if the scale is not above 0 and up to 16, or the colours are not 2 to 256.
 * @throws {Error} if resvg cannot be loaded here, or finds no font.
 * @throws {TypeError} if the specification is not one that Vega-Lite understands.
 *
 * @category Charts
 */
export async function renderPng(
  picture: ChartSpec | string,
  options: RenderPngOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("renderPng", options, "scale colors");
  const { scale = 2, colors } = options;
  if (colors !== undefined && !(Number.isInteger(colors) && colors >= 2 && colors <= 256)) {
    throw new RangeError(`colors is ${colors}, needs an integer from 2 to 256`);
  }
  if (!(scale > 0 && scale <= 16)) {
    throw new RangeError(`scale is ${scale}, needs a number above 0 and up to 16`);
  }
  const { Resvg } = await loadResvg();
  if (new Resvg(probe).getBBox() === undefined) {
    throw new Error("No font was found, so a PNG would have no text; install one or write an SVG");
  }
  const drawn = new Resvg(typeof picture === "string" ? picture : await renderSvg(picture), {
    fitTo: { mode: "zoom", value: scale },
    font: { sansSerifFamily: sans, defaultFontFamily: sans },
  });
  const image = drawn.render();
  return colors === undefined ? Uint8Array.from(image.asPng()) : await indexedPng(image, colors);
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

/** What resvg draws: RGBA, a byte each. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A PNG with a palette (ISO/IEC 15948, colour type 3). */
async function indexedPng(
  { width, height, pixels }: Pixels,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { crc32, deflateSync } = await import("node:zlib");
  const words = new Uint32Array(pixels.slice().buffer);
  const { palette, indexOf } = paletteOf(words, most);
  // Each row begins with its filter: none.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * (width + 1) + 1 + x] = indexOf.get(words[y * width + x])!;
    }
  }
  const bytesOf = (word: number) => [word & 255, word >> 8 & 255, word >> 16 & 255, word >>> 24];
  const chunk = (type: string, data: Uint8Array): readonly Uint8Array[] => {
    const body = Uint8Array.from([...new TextEncoder().encode(type), ...data]);
    return [bigEndian(data.length), body, bigEndian(crc32(body))];
  };
  const header = [...bigEndian(width), ...bigEndian(height), 8, 3, 0, 0, 0];
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    ...chunk("IHDR", Uint8Array.from(header)),
    ...chunk("PLTE", Uint8Array.from(palette.flatMap((word) => bytesOf(word).slice(0, 3)))),
    ...chunk("tRNS", Uint8Array.from(palette.map((word) => bytesOf(word)[3]))),
    ...chunk("IDAT", deflateSync(rows, { level: 9 })),
    ...chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

function bigEndian(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >> 16 & 255, value >> 8 & 255, value & 255);
}

/** The most frequent colours, and for every colour the nearest of them. */
function paletteOf(words: Uint32Array, most: number) {
  const counts = new Map<number, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a).map(([word]) => word);
  const palette = sorted.slice(0, most);
  const distance = (a: number, b: number) =>
    [0, 8, 16, 24].reduce((sum, bit) => sum + ((a >> bit & 255) - (b >> bit & 255)) ** 2, 0);
  const indexOf = new Map(palette.map((word, index) => [word, index]));
  for (const word of sorted.slice(most)) {
    const distances = palette.map((each) => distance(each, word));
    indexOf.set(word, distances.indexOf(Math.min(...distances)));
  }
  return { palette, indexOf };
}
