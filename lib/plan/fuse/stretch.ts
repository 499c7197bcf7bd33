import type { InPlaceForm, Pairing, StepRules } from "../offsets/offset_problem.ts";
import type { Extent, Granularity } from "../segment.ts";
import type { LoopDirection } from "../sliding_window.ts";
import { type Fusion, isSegmentOutput } from "./fusion.ts";
import { flipped, type ImageAxis, type ImageStep, inputExtent, joined } from "./image_step.ts";
import { pixelReach, type Pulled, rowReach, type UnitNode, type UnitRead } from "./pull.ts";

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
  const oriented = (axis: ImageAxis) => direction === "forward" ? axis : flipped(axis);
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
function unitBytes({ width, pixelBytes }: ImageStep, unit: Granularity): number {
  return unit === "row" ? width * pixelBytes : pixelBytes;
}

/** A stretch seen in one direction. */
export interface Flow {
  /** Position of the first node. */
  readonly start: number;
  readonly nodes: readonly UnitNode[];
  readonly pulled: Pulled;
}

/**
 * How far the last output may lie over inputs that die. When unit t of it is stored, input units
 * below `first` are not read any more, neither by this call nor by a later one; so the distance is at
 * most `min over t of first(t) * i - (t + 1) * o`. An element-wise operator may besides lie exactly on
 * an input that it reads itself, if the others are through with it: it reads an element, then
 * stores it. Backward, all counts from the other end.
 */
export function rollingRules(
  fusion: Fusion,
  stretch: Stretch,
  { dying, unit, forward, reverse }: {
    readonly dying: readonly number[];
    readonly unit: Granularity;
    readonly forward: Flow;
    readonly reverse: Flow;
  },
): StepRules {
  const { built: { problem: { items } }, itemOf, images } = fusion;
  const last = images[stretch.until - 1]!;
  const output = itemOf[last.value];
  if (output === -1 || last.accumulatorBytes !== null) return { pairings: [], inPlace: [] };
  const inPlace: InPlaceForm[] = [];
  const pairings = dying.flatMap((value): Pairing[] => {
    const input = itemOf[value];
    if (input === -1 || input === output) return [];
    const slack = (flow: Flow, own: 0 | 1) => distance(fusion, stretch, { flow, value, unit, own });
    const [inputBytes, outputBytes] = [items[input].sizeBytes, items[output].sizeBytes];
    const down = Math.min(slack(forward, 0), inputBytes);
    const up = inputBytes - outputBytes - Math.min(slack(reverse, 0), inputBytes);
    if (isSame(fusion, stretch, value)) {
      const form = { distanceBytes: 0, delayPixels: 0, ringBytes: 0 };
      if (down < 0 && slack(forward, 1) >= 0) inPlace.push({ ...form, direction: "forward" });
      if (up > 0 && slack(reverse, 1) >= 0) inPlace.push({ ...form, direction: "reverse" });
    }
    return [{
      input,
      output,
      forwardBytes: Math.max(down, -outputBytes),
      reverseBytes: Math.min(up, inputBytes),
      stillBytes: null,
    }];
  });
  return { pairings, inPlace: pairings.length === 1 ? inPlace : [] };
}

/** Whether the last operator is element-wise and reads the value itself, byte for byte in place. */
function isSame({ images }: Fusion, { until }: Stretch, value: number): boolean {
  const { isElementwise, reads, pixelBytes } = images[until - 1]!;
  if (!isElementwise) return false;
  return reads.some((read) => read.value === value && read.pixelBytes === pixelBytes);
}

function distance(
  fusion: Fusion,
  { from, until }: Stretch,
  { flow: { start, nodes, pulled }, value, unit, own }: {
    readonly flow: Flow;
    readonly value: number;
    readonly unit: Granularity;
    /** Units that the last operator has done with when it stores: 0, or 1 if in place. */
    readonly own: 0 | 1;
  },
): number {
  const last = fusion.images[until - 1]!;
  const outputBytes = unitBytes(last, unit);
  const count = nodes[until - 1 - start].units;
  let least = Infinity;
  for (let position = from; position < until; position++) {
    const node = position - start;
    const isLast = position === until - 1;
    fusion.images[position]!.reads.forEach((read, index) => {
      if (read.value !== value) return;
      const inputBytes = (unit === "row" ? read.columns.input : 1) * read.pixelBytes;
      const { first } = nodes[node].reads[index];
      const needed = pulled.needed[node];
      for (let t = 0; t < count; t++) {
        const done = isLast ? t + own : pulled.progress[node * count + t];
        if (done >= needed) break;
        least = Math.min(least, first[done] * inputBytes - (t + 1) * outputBytes);
      }
    });
  }
  return least;
}
