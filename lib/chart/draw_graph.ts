import { formatCount, threeDigits } from "../measure/format.ts";
import { escapeHtml } from "../measure/print_table.ts";
import type { Model } from "../model/model.ts";
import { sizeBytes } from "../model/shape.ts";
import { ink, inkOn, operatorColor, paper } from "./chart_colors.ts";

/** What a box shows. */
export interface DrawnOperator {
  readonly index: number;
  readonly name: string;
  readonly macs: number | null;
  /** Bytes in use while it runs; null: it does not run. */
  readonly usedBytes: number | null;
  readonly isPeak: boolean;
  /** The largest `usedBytes` of all. */
  readonly peakBytes: number;
  /** What the plan does with it. */
  readonly remark: string;
}

/** `1,024 B`. */
export const bytesText = (bytes: number) => `${formatCount(bytes)} B`;

/** A tensor with all that matters of it, in a line. */
export function tensorText({ tensors }: Model, index: number): string {
  const { name, dtype, shape } = tensors[index];
  return `t${index} ${name}: ${shape.join("x") || "scalar"} ${dtype}, ` +
    bytesText(sizeBytes(tensors[index]));
}

/** What an operator's element is called. */
export const nodeOf = (index: number) => `operator-${index}`;

/** Sizes in pixels; a character of 11 pixels is at most 6.6 wide, as in `renderSvg`. */
const CHARACTER = 6.6;
const BOX_HEIGHT = 52;
const LABEL_HEIGHT = 16;
const MARGIN = 14;

/** Lays the operators out in layers (Sugiyama, by dagre) and draws them as SVG. */
export async function drawGraph(
  model: Model,
  operators: readonly DrawnOperator[],
): Promise<string> {
  const { Graph, layout } = await import("../npm/dagre.ts");
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 24, edgesep: 14, ranksep: 26 });
  const widthOf = (...texts: readonly string[]) =>
    Math.ceil(CHARACTER * Math.max(...texts.map(({ length }) => length))) + 20;
  for (const each of operators) {
    const width = widthOf(`${each.index} ${each.name}`, figuresOf(each), "0".repeat(18));
    graph.setNode(nodeOf(each.index), { width, height: BOX_HEIGHT });
  }
  const ends = [
    ...model.inputs.map((tensor, i) => ({ id: `input-${i}`, text: `input ${i}`, tensor })),
    ...model.outputs.map((tensor, i) => ({ id: `output-${i}`, text: `output ${i}`, tensor })),
  ];
  for (const { id, text } of ends) graph.setNode(id, { width: widthOf(text), height: 24 });
  const lines = linesOf(model);
  for (const { from, to, tensor, name } of lines) {
    const width = widthOf(shapeText(model, tensor));
    graph.setEdge(from, to, { width, height: LABEL_HEIGHT, labelpos: "c" }, name);
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const at = (id: string) => graph.node(id) as unknown as Box;
  const parts = [
    ...lines.map((line) =>
      lineSvg(model, line.tensor, graph.edge(line.from, line.to, line.name) as unknown as Route)
    ),
    ...ends.map(({ id, text, tensor }) => endSvg(at(id), text, tensorText(model, tensor))),
    ...operators.map((each) => boxSvg(at(nodeOf(each.index)), each)),
  ];
  const [wide, high] = [Math.ceil(width) + 2 * MARGIN, Math.ceil(height) + 2 * MARGIN];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="model-graph" width="${wide}" ` +
    `height="${high}" viewBox="${-MARGIN} ${-MARGIN} ${wide} ${high}" ` +
    `font-family="system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif" font-size="11">` +
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${wide}" height="${high}" fill="${paper.page}"/>` +
    `\n${parts.join("\n")}\n</svg>`;
}

interface Box {
  /** Of its middle. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Route {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Of the middle of its label. */
  readonly x: number;
  readonly y: number;
}

/** A tensor on its way from what writes it to one that reads it. */
interface TensorLine {
  readonly from: string;
  readonly to: string;
  readonly tensor: number;
  /** Tells lines between the same two operators apart. */
  readonly name: string;
}

function linesOf({ operators, inputs, outputs, tensors }: Model): readonly TensorLine[] {
  const writer = new Map<number, string>(inputs.map((tensor, i) => [tensor, `input-${i}`]));
  operators.forEach((operator, index) => {
    for (const tensor of operator.outputs) writer.set(tensor, nodeOf(index));
  });
  const readers = [
    ...operators.flatMap((operator, index) =>
      operator.inputs.map((tensor) => ({ tensor, to: nodeOf(index) }))
    ),
    ...outputs.map((tensor, i) => ({ tensor, to: `output-${i}` })),
  ];
  const lines = readers.flatMap(({ tensor, to }) => {
    const from = writer.get(tensor);
    return from === undefined || from === to || tensors[tensor].data !== null
      ? []
      : [{ from, to, tensor, name: `${from} ${to} ${tensor}` }];
  });
  // An operator that reads a tensor twice has one line to it.
  return [...new Map(lines.map((line) => [line.name, line])).values()];
}

function shapeText({ tensors }: Model, index: number): string {
  return tensors[index].shape.join("\u00d7") || "scalar";
}

/** What stands below an operator's name. */
function figuresOf({ macs, usedBytes, remark }: DrawnOperator): string {
  const parts = [
    ...macs === null || macs === 0
      ? []
      : [macs >= 1e6 ? `${threeDigits(macs / 1e6)} M MACs` : `${formatCount(macs)} MACs`],
    usedBytes === null ? "does not run" : `${bytesText(usedBytes)} alive`,
    ...usedBytes === null || remark === "" ? [] : [remark],
  ];
  return parts.join(", ");
}

function text(x: number, y: number, fill: string, content: string, rest = ""): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="middle" fill="${fill}"${rest}>` +
    `${escapeHtml(content)}</text>`;
}

const round = (value: number) => Math.round(10 * value) / 10;

/** What one sees when pointing at a group: its title, in several lines. */
const title = (...lines: readonly string[]) =>
  ` role="graphics-symbol"><title>${lines.map(escapeHtml).join("\n")}</title>`;

function boxSvg({ x, y, width, height }: Box, each: DrawnOperator): string {
  const { index, name, usedBytes, isPeak, peakBytes } = each;
  const [left, top] = [round(x - width / 2), round(y - height / 2)];
  const color = operatorColor(name);
  const bar = round((width - 16) * (usedBytes ?? 0) / peakBytes);
  const dashes = usedBytes === null ? ' stroke-dasharray="4 3"' : "";
  return `<g data-node="${nodeOf(index)}" tabindex="0" class="${isPeak ? "peak" : ""}"` +
    title(`${index} ${name}`, figuresOf(each), ...isPeak ? ["the peak of the memory"] : []) +
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="4" ` +
    `fill="${paper.plot}" stroke="${isPeak ? ink.alert : color}" ` +
    `stroke-width="${isPeak ? 2.5 : 1.2}"${dashes}/>` +
    `<rect x="${left}" y="${top}" width="${width}" height="20" rx="4" fill="${color}"/>` +
    text(x, y - height / 2 + 14, inkOn(color), `${index} ${name}`, ' font-weight="600"') +
    text(x, y - height / 2 + 34, ink.strong, figuresOf(each)) +
    `<rect x="${left + 8}" y="${round(y + height / 2 - 11)}" width="${bar}" height="5" ` +
    `fill="${isPeak ? "#d55e00" : "#0072b2"}"/></g>`;
}

function endSvg({ x, y, width, height }: Box, name: string, tensor: string): string {
  return `<g${title(name, tensor)}<rect x="${round(x - width / 2)}" ` +
    `y="${round(y - height / 2)}" width="${width}" height="${height}" rx="12" ` +
    `fill="${paper.quiet}"/>${text(x, y + 4, ink.strong, name)}</g>`;
}

function lineSvg(model: Model, tensor: number, { points, x, y }: Route): string {
  const path = points.map((point, i) =>
    `${i === 0 ? "M" : "L"}${round(point.x)} ${round(point.y)}`
  );
  const shape = shapeText(model, tensor);
  const width = CHARACTER * shape.length + 8;
  return `<g${title("tensor", tensorText(model, tensor))}` +
    `<path d="${path.join("")}" fill="none" stroke="${ink.soft}" stroke-width="1.2"/>` +
    `<rect x="${round(x - width / 2)}" y="${round(y - 8)}" width="${round(width)}" height="16" ` +
    `fill="${paper.page}"/>${text(x, y + 4, ink.soft, shape)}</g>`;
}
