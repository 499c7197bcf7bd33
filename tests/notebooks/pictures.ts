import { renderPng } from "tinyloom";
import type { Notebook, Output } from "./notebook.ts";

/** Forms of one picture; of these the notebook keeps one. */
const PICTURES = ["application/vnd.vegalite.v5+json", "image/svg+xml", "image/png"];

/**
 * The notebook with one form of each picture among its outputs, a PNG: GitHub shows neither Vega-Lite nor
 * SVG of a notebook, everything else shows PNG as well, and a cell that is run again shows its chart. It
 * needs a font on the machine.
 */
export async function withPngs(notebook: Notebook): Promise<Notebook> {
  const cells = await Promise.all(notebook.cells.map(async (cell) => ({
    ...cell,
    ...(cell.outputs && { outputs: await Promise.all(cell.outputs.map(withPng)) }),
  })));
  return { ...notebook, cells };
}

async function withPng(output: Output): Promise<Output> {
  if (!("data" in output) || !PICTURES.some((type) => type in output.data)) return output;
  const rest = Object.entries(output.data).filter(([type]) => !PICTURES.includes(type));
  return {
    ...output,
    data: { "image/png": await pngOf(output.data), ...Object.fromEntries(rest) },
  };
}

async function pngOf(data: Readonly<Record<string, unknown>>): Promise<unknown> {
  const svg = data["image/svg+xml"];
  if (svg === undefined) return data["image/png"];
  const text = Array.isArray(svg) ? svg.join("") : String(svg);
  return (await renderPng(text, { scale: scaleOf(text), colors: COLORS })).toBase64();
}

const SCALE = 1.5;
/** Fewer than a palette holds: eight times as many shades of smoothed edges are a tenth more bytes. */
const COLORS = 32;

/** Photographs, shown enlarged, are stored pixel by pixel: enlarged grain takes megabytes. */
function scaleOf(svg: string): number {
  const [, width, ownWidth] =
    /^<svg [^>]*width="([\d.]+)"[^>]*viewBox="0 0 ([\d.]+) [^>]*><image [^>]*pixelated/.exec(svg) ??
      [];
  return width === undefined ? SCALE : Number(ownWidth) / Number(width);
}
