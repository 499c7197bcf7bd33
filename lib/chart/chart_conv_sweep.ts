import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Table } from "../npm/arrow.ts";
import { type ConvTimingRow, convTimingRows } from "../conv/bench_conv.ts";
import { convVariantNames } from "../conv/conv_variants.ts";
import { ink } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, tips } from "./chart_spec.ts";

/**
 * How to draw a sweep over layers.
 *
 * @category Charts
 */
export interface ChartConvSweepOptions {
  /** Default `"Where each variant wins"`. */
  readonly title?: string;
}

/**
 * A heat map of a sweep: a row a layer, a column a variant; the darker a cell, the nearer it comes to
 * the fastest variant of its layer, which is framed. Numbers are 10^9 multiply-accumulates a second.
 * Layers are grouped by kind and ordered by their work.
 *
 * @example
 * ```ts
 * import { benchConv, chartConvSweep, renderSvg } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const shape = { height: 6, width: 6, inChannels: 8, outChannels: 8, kernel: [3, 3] } as const;
 * const table = await benchConv(shape, {
 *   variants: ["implicit", "winograd2"], budgetMs: 50, settleMs: 0,
 * });
 * assert((await renderSvg(chartConvSweep(table))).includes("winograd2"));
 * ```
 *
 * @throws {TypeError} if the table is no timing record of layers.
 * @throws {RangeError} if there are no rows.
 *
 * @category Charts
 */
export function chartConvSweep(table: Table, options: ChartConvSweepOptions = {}): ChartSpec {
  checkOptions("chartConvSweep", options, "title");
  checkArguments("chartConvSweep", { table });
  const rows = convTimingRows(table);
  if (rows.length === 0) throw new RangeError("The record holds no layers to draw");
  const fastest = new Map<string, number>();
  for (const row of rows) {
    fastest.set(layerOf(row), Math.min(row.minNs, fastest.get(layerOf(row)) ?? Infinity));
  }
  const values = rows.map((row) => ({
    layer: layerOf(row),
    kind: kindOf(row),
    variant: row.kernel,
    share: fastest.get(layerOf(row))! / row.minNs,
    wins: row.minNs === fastest.get(layerOf(row)),
    text: row.gmacPerS.toFixed(row.gmacPerS < 10 ? 1 : 0),
    macs: row.macs,
  }));
  const layers = values.toSorted((a, b) => a.macs - b.macs).map(({ layer }) => layer);
  const kinds = ["pointwise", "depthwise", "other kernels"].filter((kind) =>
    values.some((value) => value.kind === kind)
  );
  return chartSpec(
    {
      text: options.title ?? "Where each variant wins",
      subtitle: "10⁹ MAC/s; dark: near the fastest of the layer, framed: the fastest",
    },
    {
      vconcat: kinds.map((kind) =>
        panel(values.filter((value) => value.kind === kind), kind, layers)
      ),
      resolve: { scale: { color: "shared", x: "independent", y: "independent" } },
    },
  );
}

interface Cell {
  readonly layer: string;
  readonly variant: string;
  readonly wins: boolean;
}

const rowHeight = 20;
const columnWidth = 84;
const darkShare = 0.6;

function panel(cells: readonly Cell[], kind: string, layers: readonly string[]) {
  const present = new Set(cells.map(({ layer }) => layer));
  const variants = convVariantNames.filter((name) => cells.some(({ variant }) => variant === name));
  const rows = [...new Set(layers)].filter((layer) => present.has(layer));
  const encoding = {
    x: {
      field: "variant",
      type: "nominal",
      sort: variants,
      axis: { title: null, orient: "top", labelAngle: 0, domain: false, ticks: false },
    },
    y: {
      field: "layer",
      type: "nominal",
      sort: rows,
      axis: { title: null, domain: false, ticks: false },
    },
  };
  return {
    title: { text: kind, anchor: "start", fontSize: 12.5, color: ink.strong },
    data: { values: cells },
    width: columnWidth * variants.length,
    height: rowHeight * rows.length,
    encoding,
    layer: [
      {
        mark: { type: "rect" },
        encoding: {
          tooltip: tips({
            layer: "layer",
            variant: "variant",
            text: "10⁹ MAC/s",
            share: ["of the fastest", ".0%"],
          }),
          color: {
            field: "share",
            type: "quantitative",
            scale: { domain: [0, 1], range: ["#f4f8fb", "#0072b2"] },
            legend: null,
          },
        },
      },
      {
        transform: [{ filter: "datum.wins" }],
        mark: { type: "rect", fillOpacity: 0, stroke: ink.strong, strokeWidth: 2 },
      },
      {
        mark: { type: "text", fontSize: 11 },
        encoding: {
          text: { field: "text" },
          color: {
            condition: { test: `datum.share > ${darkShare}`, value: ink.onDeep },
            value: ink.onBright,
          },
        },
      },
    ],
  };
}

function layerOf({ shape, dtype }: ConvTimingRow): string {
  return `${shape} ${dtype}`;
}

function kindOf({ shape }: ConvTimingRow): string {
  if (shape.endsWith(",dw")) return "depthwise";
  return shape.includes(",1x1x") ? "pointwise" : "other kernels";
}
