import { renderPng } from "tinyloom";
import type { Notebook, Output } from "./notebook.ts";

/**
 * The notebook with a PNG beside each SVG among its outputs: GitHub shows neither Vega-Lite nor SVG
 * of a notebook. It needs a font on the machine.
 */
export async function withPngs(notebook: Notebook): Promise<Notebook> {
  const cells = await Promise.all(notebook.cells.map(async (cell) => ({
    ...cell,
    ...(cell.outputs && { outputs: await Promise.all(cell.outputs.map(withPng)) }),
  })));
  return { ...notebook, cells };
}

async function withPng(output: Output): Promise<Output> {
  if (!("data" in output) || "image/png" in output.data) return output;
  const svg = output.data["image/svg+xml"];
  if (svg === undefined) return output;
  const text = Array.isArray(svg) ? svg.join("") : String(svg);
  return {
    ...output,
    data: { ...output.data, "image/png": (await renderPng(text, { scale: 1.5 })).toBase64() },
  };
}
