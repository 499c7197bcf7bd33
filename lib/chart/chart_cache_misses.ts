import { checkOptions } from "../check_arguments.ts";
import { ink, palette } from "./chart_colors.ts";
import { type ChartSpec, chartSpec, isWideRange, logTicks, tips } from "./chart_spec.ts";

/**
 * The misses of one cache level with one tile size.
 *
 * @category Charts
 */
export interface CacheMissRow {
  /** Tile size, or words such as `"untiled"`. */
  readonly tile: number | string;
  /** The cache's name, e.g. `"L1"`. */
  readonly level: string;
  /** Lines that had to be fetched. */
  readonly misses: number;
}

/**
 * How to draw cache misses.
 *
 * @category Charts
 */
export interface ChartCacheMissesOptions {
  /** Default `"Cache misses by tile size"`. */
  readonly title?: string;
  /** The line below the title, e.g. the cache simulated. */
  readonly subtitle?: string;
  /** What the horizontal axis is called; default `"tile size"`. */
  readonly tileTitle?: string;
}

/**
 * Cache misses against tile size, a line a level, tiles in the order given; the tile with the fewest
 * misses of each level carries its number.
 *
 * @example
 * ```ts
 * import { chartCacheMisses, renderSvg } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const chart = chartCacheMisses([
 *   { tile: 16, level: "L1", misses: 4096 },
 *   { tile: 32, level: "L1", misses: 2048 },
 * ]);
 * assert((await renderSvg(chart)).includes("2,048"));
 * ```
 *
 * @throws {RangeError} if there are no rows.
 *
 * @category Charts
 */
export function chartCacheMisses(
  rows: readonly CacheMissRow[],
  options: ChartCacheMissesOptions = {},
): ChartSpec {
  checkOptions("chartCacheMisses", options, "title subtitle tileTitle");
  if (rows.length === 0) throw new RangeError("There are no cache misses to draw");
  const tiles = [...new Set(rows.map(({ tile }) => String(tile)))];
  const levels = [...new Set(rows.map(({ level }) => level))];
  const values = rows.map((row) => ({
    tile: String(row.tile),
    level: row.level,
    misses: row.misses,
    fewest: row === fewest(rows, row.level),
    text: row.misses.toLocaleString("en-US"),
  }));
  const axis = vertical(rows.map(({ misses }) => misses));
  const legend = { title: null, orient: "right", offset: 16 };
  const x = {
    field: "tile",
    type: "ordinal",
    sort: tiles,
    scale: { type: "point", padding: 0.5 },
    axis: { title: options.tileTitle ?? "tile size", labelAngle: 0 },
  };
  const y = { field: "misses", type: "quantitative", ...axis };
  const color = {
    field: "level",
    type: "nominal",
    sort: levels,
    scale: { domain: levels, range: [...palette] },
    legend,
  };
  return chartSpec(
    {
      text: options.title ?? "Cache misses by tile size",
      subtitle: options.subtitle ?? "simulated; the fewest of each level are marked",
    },
    {
      data: { values },
      width: Math.min(640, Math.max(320, 62 * tiles.length)),
      height: 280,
      layer: [
        {
          mark: { type: "line", strokeWidth: 2, point: { size: 45, filled: true } },
          encoding: {
            tooltip: tips({
              level: "level",
              tile: options.tileTitle ?? "tile size",
              misses: ["misses", ","],
            }),
            x,
            y,
            color,
            shape: { field: "level", type: "nominal", scale: { domain: levels }, legend },
          },
        },
        {
          transform: [{ filter: "datum.fewest" }],
          mark: { type: "point", size: 170, strokeWidth: 2, filled: false },
          encoding: { x, y, color },
        },
        {
          transform: [{ filter: "datum.fewest" }],
          // Below the line's lowest point, but not down into the axis.
          mark: {
            type: "text",
            dy: { expr: "datum.misses === 0 ? -16 : 19" },
            fontSize: 11,
            color: ink.strong,
          },
          encoding: { x, y, text: { field: "text", type: "nominal" } },
        },
      ],
    },
  );
}

/** Each label with its own prefix; a number format would give all of them the largest one's. */
const siPrefix = "format(datum.value, '~s')";

function fewest(rows: readonly CacheMissRow[], level: string): CacheMissRow {
  return rows.filter((row) => row.level === level)
    .reduce((least, row) => row.misses < least.misses ? row : least);
}

function vertical(misses: readonly number[]) {
  const highest = Math.max(...misses);
  const lowest = Math.min(...misses);
  if (!isWideRange(misses)) {
    return {
      scale: { domain: [0, Math.max(1, highest) * 1.05], nice: true },
      axis: { title: "misses", labelExpr: siPrefix, tickCount: 6 },
    };
  }
  const ticks = (low: number) => logTicks(low, highest * 2);
  if (lowest === 0) {
    return {
      scale: { type: "symlog", domain: [0, highest * 2] },
      axis: {
        title: "misses (logarithmic above 1)",
        values: [0, ...ticks(1)],
        labelExpr: siPrefix,
      },
    };
  }
  return {
    scale: { type: "log", domain: [lowest / 3, highest * 2], nice: false },
    axis: { title: "misses (logarithmic)", values: ticks(lowest / 3), labelExpr: siPrefix },
  };
}
