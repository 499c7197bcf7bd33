import type { DisplayKind } from "../host.ts";
import { formatCount } from "../measure/format.ts";
import { escapeHtml, tableToHtml, tableToText } from "../measure/print_table.ts";
import type { Model } from "../model/model.ts";
import type { Computation } from "../nest/pipeline.ts";
import type { Table } from "../npm/arrow.ts";
import type { Engine } from "../engine/engine.ts";
import type { Plan } from "../plan/plan.ts";

/**
 * The same thing in several media types; a front end takes the richest that it knows.
 *
 * @category Notebooks
 */
export type MediaBundle = Readonly<
  & { "text/plain": string }
  & Record<string, string | Record<string, unknown>>
>;

/**
 * How to render a table or a picture.
 *
 * @category Notebooks
 */
export interface MediaOptions {
  /** Columns of a table to show, in order, or `"all"`; default those worth reading. */
  readonly columns?: readonly string[] | "all";
  /**
   * Adds `image/png` to a chart or an SVG. GitHub shows neither Vega-Lite nor SVG of a notebook.
   * Takes SVG text and gives the bytes of a PNG, as this module's `renderPng` does, where its
   * native code and a font are at hand.
   */
  readonly renderPng?: (svg: string) => Uint8Array | Promise<Uint8Array>;
}

/** What a value is, told by its shape: copies of what the library made are shown as well. */
export function kindOf(value: object): Exclude<DisplayKind, "chart"> | null {
  const has = (...names: readonly string[]) => names.every((name) => name in value);
  // The caller's copy of apache-arrow may be another one than ours.
  if (has("schema", "numRows", "getChildAt")) return "table";
  if (has("wasm", "layers", "plan")) return "engine";
  if (has("peakBytes", "steps", "buffers", "segments")) return "plan";
  if (has("tensors", "operators", "inputs", "outputs")) return "model";
  if (has("axes", "loops", "body") || has("buffers", "nodes", "reference")) return "nest";
  return null;
}

/** A value of that kind in HTML and as text. */
export async function richBundle(
  value: object,
  kind: Exclude<DisplayKind, "chart">,
  options: MediaOptions = {},
): Promise<MediaBundle> {
  switch (kind) {
    case "table":
      return await tableBundle(value as Table, options);
    case "plan":
      return await planBundle(value as Plan);
    case "model":
      return await modelBundle(value as Model);
    case "engine":
      return await engineBundle(value as Engine);
    case "nest":
      return await nestBundle(value as Computation);
  }
}

async function tableBundle(
  table: Table,
  { columns: asked }: MediaOptions,
): Promise<MediaBundle> {
  const all = table.schema.fields.map(({ name }) => name);
  const columns = asked === "all" ? all : asked ?? await briefColumns(table, all);
  const hidden = asked === undefined ? all.length - columns.length : 0;
  const rest = hidden === 0
    ? ""
    : `${columns.length} of ${all.length} columns; all: show(table, { columns: "all" })`;
  const chart = asked === undefined && all.includes("timeShare") ? await profileChart(table) : "";
  return {
    "text/html": chart + pagedHtml(table, columns) +
      (rest === "" ? "" : `<small>${escapeHtml(rest)}</small>`),
    "text/plain": tableToText(table, { columns }).trimEnd() + (rest === "" ? "" : `\n(${rest})`),
  };
}

const MOST_COLUMNS = 12;

/** Columns worth reading: those that the kind of record is known by, else the first. */
async function briefColumns(table: Table, all: readonly string[]): Promise<readonly string[]> {
  if (all.length <= MOST_COLUMNS) return all;
  const [{ briefConvColumns }, { briefProfileColumns }, { briefAblationColumns }, timing] =
    await Promise.all([
      import("../chart/experiment_reports.ts"),
      import("../engine/profile/profile_table.ts"),
      import("../engine/ablation/ablate.ts"),
      import("../measure/timing_row.ts"),
    ]);
  const known: readonly (readonly string[])[] = [
    briefConvColumns,
    briefProfileColumns,
    briefAblationColumns,
    timing.briefTimingColumns,
  ];
  const brief = known.find((names) => names.every((name) => all.includes(name)));
  if (brief !== undefined) return brief;
  // What is the same in all rows, or absent, tells the least.
  const telling = all.filter((name) => {
    const column = table.getChild(name);
    const first = column?.get(0) ?? null;
    return Array.from({ length: table.numRows }).some((_, row) => column?.get(row) !== first);
  });
  return (telling.length > 0 ? telling : all).slice(0, MOST_COLUMNS);
}

async function profileChart(table: Table): Promise<string> {
  const { chartProfile } = await import("../chart/chart_profile.ts");
  const { renderSvg } = await import("../chart/render_chart.ts");
  // A part of a profile does not say of what.
  return table.schema.metadata.has("totals") ? await renderSvg(chartProfile(table)) : "";
}

const PAGE_ROWS = 20;

/** Without scripts all rows are there, in a box that scrolls. */
function pagedHtml(table: Table, columns: readonly string[]): string {
  const html = tableToHtml(table, { columns });
  if (table.numRows <= PAGE_ROWS + 5) return html;
  return `<div style="max-height:32em;overflow:auto">${html}<div></div></div>` +
    `<script>${pager}</script>`;
}

const pager = `(() => {
  const box = document.currentScript?.previousElementSibling;
  const rows = [...(box?.querySelector("tbody")?.rows ?? [])];
  if (rows.length === 0) return;
  box.style.maxHeight = "none";
  let page = 0;
  const pages = Math.ceil(rows.length / ${PAGE_ROWS});
  const text = document.createElement("span");
  const turn = (by) => {
    page = Math.min(pages - 1, Math.max(0, page + by));
    rows.forEach((row, at) => row.hidden = Math.floor(at / ${PAGE_ROWS}) !== page);
    const from = page * ${PAGE_ROWS};
    text.textContent = " rows " + (from + 1) + "\\u2013" + Math.min(rows.length, from + ${PAGE_ROWS}) +
      " of " + rows.length + " ";
  };
  const button = (label, by) => {
    const made = document.createElement("button");
    made.textContent = label;
    made.onclick = () => turn(by);
    return made;
  };
  box.lastElementChild.append(button("\\u25c0", -1), text, button("\\u25b6", 1));
  turn(0);
})();`;

const bytesText = (bytes: number) => `${formatCount(bytes)} B`;

/** A heading, facts, a picture or text, and what is folded. */
function card(title: string, facts: readonly string[], body = ""): string {
  const lines = facts.map((fact) => `<div>${escapeHtml(fact)}</div>`).join("");
  return `<div><strong>${escapeHtml(title)}</strong>${lines}${body}</div>`;
}

const folded = (summary: string, html: string) =>
  `<details><summary>${escapeHtml(summary)}</summary>${html}</details>`;

async function planBundle(plan: Plan): Promise<MediaBundle> {
  const [{ chartMemory }, { renderSvg }, { planTable }] = await Promise.all([
    import("../chart/chart_memory.ts"),
    import("../chart/render_chart.ts"),
    import("../plan/plan_table.ts"),
  ]);
  const { peakBytes, optimal, lowerBoundBytes, peak, flashBytes, macFactor, fit } = plan;
  const title = `Memory plan of ${plan.model || "the model"}: ${bytesText(peakBytes)}`;
  const facts = [
    optimal ? "optimal: it equals its lower bound" : `lower bound ${bytesText(lowerBoundBytes)}`,
    ...peak === null ? [] : [`peak at operator ${peak.operator} ${peak.name}`],
    `${plan.steps.length} operators, ${plan.segments.length} fused segments, ` +
    `${macFactor.toFixed(4)} times the model's multiply-accumulates`,
    `Flash ${bytesText(flashBytes)}`,
    ...fit === null ? [] : [fit.reason],
  ];
  const table = planTable(plan);
  const buffers = pagedHtml(table, table.schema.fields.map(({ name }) => name));
  const svg = await renderSvg(chartMemory(plan));
  return {
    "text/html": card(title, facts, svg + folded(`${plan.buffers.length} buffers`, buffers)),
    "text/plain": [title, ...facts].join("\n"),
  };
}

const SUMMARY = ["index", "operator", "inputShapes", "outputShape", "macs", "liveBytes"];

async function modelBundle(model: Model): Promise<MediaBundle> {
  const [{ summarize }, { modelGraph }, { macs }, { parameterCount }] = await Promise.all([
    import("../model/summarize.ts"),
    import("../chart/model_graph.ts"),
    import("../model/macs.ts"),
    import("../model/weights.ts"),
  ]);
  const table = summarize(model);
  const title = `${model.name || "A model"}: ${model.operators.length} operators`;
  const facts = [
    ...model.description === "" ? [] : [model.description],
    `${formatCount(macs(model))} multiply-accumulates, ` +
    `${formatCount(parameterCount(model))} parameters`,
    ...model.warnings ?? [],
  ];
  // Beyond, the drawing is larger than what one can look through.
  const graph = model.operators.length > 150 ? "" : folded(
    "Graph",
    `<div style="max-height:40em;overflow:auto">${(await modelGraph(model)).svg}</div>`,
  );
  return {
    "text/html": card(title, facts, pagedHtml(table, SUMMARY) + graph),
    "text/plain": [title, ...facts, tableToText(table, { columns: SUMMARY })].join("\n").trimEnd(),
  };
}

async function engineBundle({ plan, threads, layers, memory, wasm }: Engine): Promise<MediaBundle> {
  const { tableFromRows } = await import("../measure/table_from_rows.ts");
  const rows = layers.map(({ operator, name, kernel, schedule, remarks }, layer) => (
    { layer, operator, name, kernel, steps: schedule.length, remarks: remarks.join("; ") }
  ));
  const columns = ["layer", "operator", "name", "kernel", "steps", "remarks"];
  const table = tableFromRows(rows);
  const title = `${plan.model || "A model"} as a program: ${layers.length} layers`;
  const fact = `arena ${bytesText(memory.arenaBytes)}, constants ${
    bytesText(memory.constantBytes)
  }, WebAssembly ${bytesText(wasm.length)}, threads ${threads}`;
  return {
    "text/html": card(title, [fact], pagedHtml(table, columns)),
    "text/plain": [title, fact, tableToText(table, { columns })].join("\n").trimEnd(),
  };
}

async function nestBundle(computation: Computation): Promise<MediaBundle> {
  const { pseudocode } = await import("../codegen/pseudocode/pseudocode.ts");
  const text = pseudocode(computation);
  const steps = "steps" in computation ? computation.steps.map(({ op }) => op) : [];
  const title = `${computation.name} ${computation.shape}`.trim();
  const facts = steps.length === 0 ? [] : [`schedule: ${steps.join(", ")}`];
  return {
    "text/html": card(title, facts, `<pre>${escapeHtml(text)}</pre>`),
    "text/plain": text.trimEnd(),
  };
}
