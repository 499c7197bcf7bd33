import type { Extent } from "../segment.ts";
import { flipped, inputExtent, joined } from "./axis.ts";
import type { Fusion } from "./fusion.ts";
import { isSegmentOutput } from "./fusion.ts";
import type { Axis, ImageStep } from "./image_step.ts";
import type { UnitNode, UnitRead } from "./pull.ts";
import { pixelReach, rowReach } from "./unit_read.ts";
import type { LoopDirection } from "../loop_direction.ts";
import type { Granularity } from "../segment.ts";

/** Steps `[from, until)` that could be a segment. */
export interface Stretch {
  readonly from: number;
  readonly until: number;
}

/** The part number `tile` of an extent in `tiles` parts as equal as whole numbers are. */
function tileExtent(extent: number, tile: number, tiles: number): Extent {
  return [Math.floor(extent * tile / tiles), Math.floor(extent * (tile + 1) / tiles)];
}

/**
 * For every step of a stretch the rows (or columns) that one tile needs: its share of the last output,
 * what the windows reach from there backwards, and its share of outputs on the way, so that all tiles
 * together leave nothing out.
 */
export function tileExtents(
  fusion: Fusion,
  { from, until }: Stretch,
  { side, tile, tiles }: {
    readonly side: "rows" | "columns";
    readonly tile: number;
    readonly tiles: number;
  },
): Extent[] {
  const extents: Extent[] = Array.from({ length: until - from }, () => [0, 0]);
  for (let position = until - 1; position >= from; position--) {
    const image = fusion.images[position]!;
    if (position === until - 1 || isSegmentOutput(fusion, position, until)) {
      const whole = side === "rows" ? image.height : image.width;
      const own = tileExtent(whole, tile, tiles);
      extents[position - from] = joined(extents[position - from], own);
    }
    for (const read of image.reads) {
      const source = read.value === -1 ? -1 : fusion.producer[read.value];
      if (source < from) continue;
      const needed = inputExtent(read[side], extents[position - from]);
      extents[source - from] = joined(extents[source - from], needed);
    }
  }
  return extents;
}

/** A stretch as nodes whose units are rows, or pixels within the columns given. */
export function unitNodes(
  fusion: Fusion,
  { from, until }: Stretch,
  { unit, direction, columns, reaches }: {
    readonly unit: Granularity;
    readonly direction: LoopDirection;
    /** Columns of every step; the whole width when absent. */
    readonly columns?: readonly Extent[];
    /** Reaches over whole widths, by position, read and so on; they do not depend on the stretch. */
    readonly reaches?: Map<string, Pick<UnitRead, "end" | "first">>;
  },
): UnitNode[] {
  const oriented = (axis: Axis) => direction === "forward" ? axis : flipped(axis);
  const nodes: UnitNode[] = [];
  for (let position = from; position < until; position++) {
    const image = fusion.images[position]!;
    const output = columns?.[position - from] ?? [0, image.width];
    const reads = image.reads.map((read, index) => {
      const producer = read.value === -1 ? -1 : fusion.producer[read.value];
      const source = producer < from ? -1 : producer - from;
      const reach = () => {
        const axes = { rows: oriented(read.rows), columns: oriented(read.columns) };
        if (unit === "row") return rowReach(axes.rows);
        const input: Extent = columns === undefined
          ? [0, read.columns.input]
          : source === -1
          ? inputExtent(read.columns, output)
          : columns[source];
        return pixelReach(axes, { input, output });
      };
      if (columns !== undefined || reaches === undefined) return { source, ...reach() };
      const key = `${position} ${index} ${unit} ${direction}`;
      if (!reaches.has(key)) reaches.set(key, reach());
      return { source, ...reaches.get(key)! };
    });
    const units = image.height * (unit === "row" ? 1 : output[1] - output[0]);
    const isOutput = position === until - 1 || isSegmentOutput(fusion, position, until);
    nodes.push({ units, reads, isOutput });
  }
  return nodes;
}

/** Bytes of a row or a pixel of what a step writes. */
export function unitBytes({ width, pixelBytes }: ImageStep, unit: Granularity): number {
  return unit === "row" ? width * pixelBytes : pixelBytes;
}
