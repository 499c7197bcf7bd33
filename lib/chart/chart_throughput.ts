import { checkOptions } from "../check_arguments.ts";
import { type TimingRow, timingRows } from "../measure/timing_row.ts";
import type { Table } from "../npm/arrow.ts";
import { ink, palette } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, tips } from "./chart_spec.ts";

/**
 * How to draw throughput.
 *
 * @category Charts
 */
export interface ChartThroughputOptions {
  /** Default `"Throughput by size"`. */
  readonly title?: string;
  /** The machine's measured peak in 10^9 MACs a second, drawn as a line. */
  readonly peakGmacPerS?: number;
}

/**
 * Throughput by problem size, a line a variant, from one timing record with several shapes or from
 * several records. Sizes are ordered by their work; a cube such as `256x256x256` is written `256³`.
 *
 * @example
 * ```ts
 * import { chartThroughput, renderSvg, tableFromRows, timingColumns } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows([
 *   { kernel: "naive", shape: "64x64x64", dtype: "float32", threads: 1, macs: 262144, gmacPerS: 0.4, speedup: 1, speedupLow: 1, speedupHigh: 1 },
 *   { kernel: "tiled", shape: "64x64x64", dtype: "float32", threads: 1, macs: 262144, gmacPerS: 1.2, speedup: 2.9, speedupLow: 2.8, speedupHigh: 3 },
 * ], { columns: timingColumns, metadata: { baseline: "naive" } });
 * assert((await renderSvg(chartThroughput(table))).includes("GFLOP/s"));
 * ```
 *
 * @throws {RangeError} if there are no rows.
 *
 * @category Charts
 */
export function chartThroughput(
  tables: Table | readonly Table[],
  options: ChartThroughputOptions = {},
): ChartSpec {
  checkOptions("chartThroughput", options, "title peakGmacPerS");
  const rows = (isList(tables) ? tables : [tables]).flatMap(timingRows);
  if (rows.length === 0) throw new RangeError("The records hold no rows to draw");
  const unit = operationUnit([...new Set(rows.map(({ dtype }) => dtype))]);
  const threads = new Set(rows.map((row) => row.threads));
  const series = ({ kernel, threads: count }: TimingRow) =>
    threads.size === 1 ? kernel : `${kernel}, ${count} ${count === 1 ? "thread" : "threads"}`;
  const values = rows.toSorted((a, b) => a.macs - b.macs).map((row) => ({
    size: sizeLabel(row.shape),
    variant: series(row),
    throughput: 2 * row.gmacPerS,
  }));
  const names = [...new Set(rows.map(series))];
  const sizes = [...new Set(values.map(({ size }) => size))];
  const peak = options.peakGmacPerS === undefined ? [] : [2 * options.peakGmacPerS];
  const highest = Math.max(...values.map(({ throughput }) => throughput), ...peak);
  const y = { type: "quantitative", scale: { domain: [0, highest * 1.05], nice: true } };
  const legend = names.length > 1 ? { title: null, orient: "right", offset: 16 } : null;
  return chartSpec(
    { text: options.title ?? "Throughput by size", subtitle: unit.explained },
    {
      data: { values },
      width: Math.min(640, Math.max(320, 90 * sizes.length)),
      height: 300,
      layer: [
        {
          mark: {
            type: "line",
            point: { size: 55, filled: true },
            strokeWidth: 2,
          },
          encoding: {
            tooltip: tips({ variant: "variant", size: "size", throughput: [unit.name, ",.3~r"] }),
            x: {
              field: "size",
              type: "ordinal",
              sort: sizes,
              scale: { type: "point", padding: 0.4 },
              axis: {
                title: sizes.every(isProduct) ? "size (m × k × n)" : "layer",
                labelAngle: sizes.some(isLong) ? -30 : 0,
              },
            },
            y: { field: "throughput", ...y, axis: { title: unit.name, tickCount: 6 } },
            color: {
              field: "variant",
              type: "nominal",
              sort: names,
              scale: { domain: names, range: [...palette] },
              legend,
            },
            shape: { field: "variant", type: "nominal", scale: { domain: names }, legend },
          },
        },
        ...peak.flatMap((value) => peakLine(value, y)),
      ],
    },
  );
}

function peakLine(peak: number, y: Readonly<Record<string, unknown>>) {
  const data = { values: [{ peak, text: `measured peak ${peak.toFixed(0)}` }] };
  return [
    {
      data,
      mark: { type: "rule", color: ink.soft, strokeDash: [5, 4] },
      encoding: { y: { field: "peak", ...y } },
    },
    {
      data,
      mark: { type: "text", align: "left", x: 4, dy: -6, color: ink.soft, fontSize: 11 },
      encoding: { y: { field: "peak", ...y }, text: { field: "text" } },
    },
  ];
}

function sizeLabel(shape: string): string {
  const extents = shape.split("x");
  return extents.length === 3 && new Set(extents).size === 1 ? `${extents[0]}³` : shape;
}

function isProduct(label: string): boolean {
  return /^\d+(³|x\d+x\d+)$/.test(label);
}

function isLong(label: string): boolean {
  return label.length > 11;
}

function isList(tables: Table | readonly Table[]): tables is readonly Table[] {
  return Array.isArray(tables);
}

/** The unit a rate is drawn in, where a multiply-accumulate counts as two operations. */
export interface OperationUnit {
  readonly name: string;
  readonly explained: string;
}

/** GFLOP/s for floating point, GOP/s as soon as integers take part. */
function operationUnit(dtypes: readonly string[]): OperationUnit {
  const float = dtypes.every((dtype) => /^(f|float|bfloat)\d*$/.test(dtype));
  return {
    name: float ? "GFLOP/s" : "GOP/s",
    explained: `${dtypes.join(", ")} · a multiply-accumulate counts as two operations`,
  };
}
