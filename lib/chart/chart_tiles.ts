import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "../plan/plan.ts";
import { readRectangle, type Rectangle } from "../plan/segment_reads.ts";
import type { PlanSegment, SegmentPass } from "../plan/segment.ts";
import { ink, palette, paper } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, nameOf, tips } from "./chart_spec.ts";

/**
 * Which segment to draw, and which of its tiles to fill.
 *
 * @category Charts
 */
export interface ChartTilesOptions {
  /** Index into `segments`; 0 when absent. */
  readonly segment?: number;
  /** Passes to fill; two neighbours in the middle when absent. */
  readonly passes?: readonly number[];
  /** Default: what the segment does. */
  readonly title?: string;
  /** Width and height of a panel in pixels; 200 when absent. */
  readonly panelSize?: number;
}

/**
 * What the tiles of a segment need of each image: a panel for what the segment reads and for every
 * tensor that it computes, with the edges of all tiles and some of them filled; where filled ones
 * overlap, both compute the same. The factor is the pixels that all tiles read or compute over those
 * of the image.
 *
 * @throws {RangeError} if there is no such segment or pass.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { chartTiles, planMemory, renderSvg, zoo } from "tinyloom";
 *
 * const model = zoo("mcunet-vww1");
 * const plan = planMemory(model, { fusion: "patch", macBudget: 1.1 });
 * const svg = await renderSvg(chartTiles(plan, model));
 * assert.ok(svg.includes("t9 block0/project 1.18x"));
 * ```
 *
 * @category Charts
 */
export function chartTiles(
  plan: Plan,
  model: Model,
  options: ChartTilesOptions = {},
): ChartSpec {
  checkOptions("chartTiles", options, "segment passes title panelSize");
  checkArguments("chartTiles", { plan, model });
  const { segment: index = 0 } = options;
  const segment = plan.segments[index];
  if (segment === undefined) {
    throw new RangeError(`segment ${index}, the plan has ${plan.segments.length}`);
  }
  const { passes, from, until, tiles } = segment;
  const middle = Math.floor(tiles[0] / 2) * tiles[1] + Math.max(0, Math.floor(tiles[1] / 2) - 1);
  const { passes: filled = [...new Set([middle, Math.min(middle + 1, passes.length - 1)])] } =
    options;
  const missing = filled.find((pass) => passes[pass] === undefined);
  if (missing !== undefined) {
    throw new RangeError(`pass ${missing}, the segment has ${passes.length}`);
  }
  const images = passes.map((pass) => rectanglesOf(plan, model, { segment, pass }));
  const tensors = [...images[0].keys()];
  const panels = tensors.map((tensor) => {
    const [, height, width] = model.tensors[tensor].shape;
    const area = images.reduce((sum, image) => sum + areaOf(image.get(tensor)!), 0);
    const times = (area / (height * width)).toFixed(2);
    return { tensor, height, width, name: `t${tensor} ${model.tensors[tensor].name} ${times}x` };
  });
  const values = panels.flatMap(({ tensor, height, width, name }) =>
    images.map((image, pass) => {
      const { rows, columns } = image.get(tensor)!;
      return {
        panel: name,
        pass,
        // As shares of the image, so that all panels are of one size.
        left: columns[0] / width,
        right: columns[1] / width,
        top: rows[0] / height,
        bottom: rows[1] / height,
        rows: `${rows[0]}-${rows[1] - 1}`,
        columns: `${columns[0]}-${columns[1] - 1}`,
      };
    })
  );
  const { panelSize: size = 200 } = options;
  const axis = { type: "quantitative", scale: { domain: [0, 1], nice: false }, axis: null };
  const corners = {
    x: { field: "left", ...axis },
    x2: { field: "right" },
    y: { field: "top", ...axis, scale: { domain: [1, 0], nice: false } },
    y2: { field: "bottom" },
  };
  const operators = `operators ${plan.steps[from].operator} to ${plan.steps[until - 1].operator}`;
  return chartSpec(
    {
      text: options.title ??
        `${nameOf(plan.model)}, ${operators} in ${tiles[0]} x ${tiles[1]} tiles`,
      subtitle:
        "what the tiles read or compute of each image, and the sum of that over the image; " +
        `filled: tiles ${filled.join(" and ")}`,
    },
    {
      data: { values },
      facet: {
        field: "panel",
        type: "nominal",
        sort: panels.map(({ name }) => name),
        title: null,
        header: { labelAnchor: "start", labelFontSize: 11 },
      },
      columns: 4,
      spacing: 14,
      spec: {
        width: size,
        height: size,
        view: { fill: paper.plot, stroke: ink.line },
        layer: [
          {
            mark: { type: "rect", fillOpacity: 0, stroke: "#9aa5b1", strokeWidth: 0.6 },
            encoding: corners,
          },
          {
            transform: [{ filter: { field: "pass", oneOf: filled } }],
            mark: {
              type: "rect",
              fillOpacity: 0.45,
              strokeWidth: 1.2,
            },
            encoding: {
              tooltip: tips({ pass: "tile", rows: "rows", columns: "columns" }),
              ...corners,
              fill: fills(filled),
              stroke: fills(filled),
            },
          },
        ],
      },
    },
  );
}

function fills(passes: readonly number[]): Readonly<Record<string, unknown>> {
  const scale = { domain: passes, range: passes.map((_, i) => palette[i % palette.length]) };
  return { field: "pass", type: "nominal", scale, legend: null };
}

/** Of every tensor that a pass reads from before the segment or computes, the part. */
function rectanglesOf(
  { steps }: Plan,
  model: Model,
  { segment, pass }: { readonly segment: PlanSegment; readonly pass: SegmentPass },
): Map<number, Rectangle> {
  const parts = new Map<number, Rectangle>();
  const add = (tensor: number, { rows, columns }: Rectangle) => {
    const known = parts.get(tensor) ?? { rows, columns };
    parts.set(tensor, {
      rows: [Math.min(rows[0], known.rows[0]), Math.max(rows[1], known.rows[1])],
      columns: [Math.min(columns[0], known.columns[0]), Math.max(columns[1], known.columns[1])],
    });
  };
  for (const micro of pass.microSteps) {
    if (!("operator" in micro)) continue;
    const step = steps.slice(segment.from, segment.until)
      .find(({ operator }) => operator === micro.operator)!;
    for (const tensor of step.inputs) {
      if (segment.inputs.includes(tensor)) add(tensor, readRectangle(model, step, micro));
    }
    add(step.outputs[0], micro);
  }
  return parts;
}

function areaOf({ rows, columns }: Rectangle): number {
  return (rows[1] - rows[0]) * (columns[1] - columns[0]);
}
