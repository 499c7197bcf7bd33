import { isOver } from "../../host.ts";
import { roundUp } from "../offsets/offset_problem.ts";
import {
  accumulator,
  firstStart,
  type Fusion,
  isSegmentOutput,
  packRings,
  type Part,
  type PartRing,
} from "./fusion.ts";
import { segmentNeed, type Surroundings, surroundings } from "./part_rules.ts";
import { type Stretch, tileExtents } from "./stretch.ts";

const NO_RULES = { pairings: [], inPlace: [] };

/** Which patch-based segments to look for. */
export interface PatchOptions {
  /** Rows and columns of tiles, at most. */
  readonly mostTiles: number;
  /** Segments that need this much or more are of no use. */
  readonly limitBytes: number;
  readonly around: (from: number, until: number) => Surroundings;
  /** Which ranges are to be looked at. */
  readonly isUseful: (from: number, until: number) => boolean;
  /** Moment (`performance.now()`) at which to give up; none when absent. */
  readonly deadlineMs?: number;
}

/**
 * The patch-based segments of at least two operators that end before `until`, with up to `mostTiles`
 * rows and columns of tiles; of those over the same operators the ones that no other beats in memory
 * and multiply-accumulates. Rings are not shared with input and output: a later tile may still read
 * what lies there.
 */
export function patchParts(
  fusion: Fusion,
  until: number,
  { mostTiles, limitBytes, around, isUseful, deadlineMs = Infinity }: PatchOptions,
): Part[] {
  const start = firstStart(fusion, until);
  if (until - start < 2) return [];
  const { height, width } = fusion.images[until - 1]!;
  const counts = (extent: number) =>
    Array.from({ length: Math.min(mostTiles, extent) }, (_, i) => i + 1);
  const cut = (side: "rows" | "columns", extent: number) =>
    counts(extent).map((tiles) => tiling(fusion, { from: start, until }, { side, tiles }));
  const allRows = cut("rows", height);
  const allColumns = cut("columns", width);
  const together = livingTogether(fusion, { from: start, until });
  const pixelBytes = fusion.images.slice(start, until).map((image) => image!.pixelBytes);
  const parts: Part[] = [];
  for (let from = until - 2; from >= start; from--) {
    if (isOver(deadlineMs)) break;
    if (!isUseful(from, until)) continue;
    const here = around(from, until);
    const bareBytes = segmentNeed(fusion, here, { rules: NO_RULES, workspaceBytes: 0 });
    if (bareBytes >= limitBytes) continue;
    const tilings = allRows.flatMap((rows) =>
      allColumns.filter((columns) => rows.tiles * columns.tiles > 1).map((columns) => {
        const tiles = { start, rows, columns };
        return { tiles, macs: tilesMacs(fusion, from, tiles) };
      })
    );
    tilings.sort((a, b) => a.macs - b.macs || callsOf(a.tiles) - callsOf(b.tiles));
    let leastBytes = limitBytes;
    for (const { tiles, macs } of tilings) {
      if (bareBytes + mostTogether(together, { from, tiles, pixelBytes }) >= leastBytes) continue;
      const blocks = blocksOf(fusion, { from, until }, tiles);
      const part = patchPart(fusion, { from, until }, { blocks, tiles, macs, here });
      if (part.needBytes >= leastBytes) continue;
      leastBytes = part.needBytes;
      parts.push(part);
    }
  }
  return parts;
}

/** The patch-based segment of given operators and tiles; null if they cannot be run so. */
export function patchPartOf(
  fusion: Fusion,
  { from, until }: Stretch,
  [tall, wide]: readonly [rows: number, columns: number],
): Part | null {
  if (from < firstStart(fusion, until) || from >= until) return null;
  const { height, width } = fusion.images[until - 1]!;
  if (tall > height || wide > width) return null;
  const tiles = {
    start: from,
    rows: tiling(fusion, { from, until }, { side: "rows", tiles: tall }),
    columns: tiling(fusion, { from, until }, { side: "columns", tiles: wide }),
  };
  const blocks = blocksOf(fusion, { from, until }, tiles);
  const here = surroundings(fusion, { from, until });
  const macs = tilesMacs(fusion, from, tiles);
  return patchPart(fusion, { from, until }, { blocks, tiles, macs, here });
}

type Block = Omit<PartRing, "offsetBytes">;

/** Rows and columns of tiles; figures for every step from `start` on. */
interface Tiles {
  readonly start: number;
  readonly rows: Tiling;
  readonly columns: Tiling;
}

function callsOf({ rows, columns }: Tiles): number {
  return rows.tiles * columns.tiles;
}

function tilesMacs({ images }: Fusion, from: number, { start, rows, columns }: Tiles): number {
  let macs = 0;
  for (let node = from - start; node < rows.sum.length; node++) {
    macs += rows.sum[node] * columns.sum[node] * images[start + node]!.macsPerPixel;
  }
  return macs;
}

function patchPart(
  fusion: Fusion,
  { from, until }: Stretch,
  { blocks, tiles, macs, here }: {
    readonly blocks: readonly Block[];
    readonly tiles: Tiles;
    readonly macs: number;
    readonly here: Surroundings;
  },
): Part {
  const last = lastReaders(fusion, { from, until });
  const isPool = ({ position }: Block) => position === until - 1;
  const conflict = (a: number, b: number) => {
    const [one, other] = [blocks[a], blocks[b]];
    // The sums of a global pool, at the end, live as long as the segment.
    return isPool(one) || isPool(other) ||
      one.position <= last[other.position - from] && other.position <= last[one.position - from];
  };
  const sizes = blocks.map(({ sizeBytes }) => roundUp(sizeBytes, here.alignmentBytes));
  const packed = packRings(sizes, conflict);
  const workspaceBytes = packed.heightBytes;
  const rings = blocks.map((block, i) => ({ ...block, offsetBytes: packed.offsets[i] }));
  const shape = [tiles.rows.tiles, tiles.columns.tiles] as const;
  return {
    from,
    until,
    needBytes: segmentNeed(fusion, here, { rules: NO_RULES, workspaceBytes }),
    macs,
    calls: callsOf(tiles) * (until - from),
    rules: NO_RULES,
    form: { kind: "patch", unit: null, tiles: shape, rings, workspaceBytes },
  };
}

/** What a tile keeps of every tensor within the segment. */
function blocksOf(
  fusion: Fusion,
  { from, until }: Stretch,
  { start, rows, columns }: Tiles,
): Block[] {
  const blocks: Block[] = [];
  for (let position = from; position < until; position++) {
    const isPool = fusion.images[position]!.accumulatorBytes !== null;
    if (!isPool && isSegmentOutput(fusion, position, until)) continue;
    const node = position - start;
    const units = Math.max(1, rows.most[node]);
    blocks.push(block(fusion, position, { units, columns: Math.max(1, columns.most[node]) }));
  }
  return blocks;
}

/** For every step of a stretch the steps whose rings are in use while it runs. */
function livingTogether(fusion: Fusion, { from, until }: Stretch): (readonly number[])[] {
  const last = lastReaders(fusion, { from, until });
  const isRing = (position: number) =>
    fusion.images[position]!.accumulatorBytes === null && !isSegmentOutput(fusion, position, until);
  return last.map((_, node) =>
    last.flatMap((end, other) =>
      other <= node && from + node <= end && isRing(from + other) ? other : []
    )
  );
}

/** Bytes that are in use together at some step: no packing takes less. */
function mostTogether(
  together: readonly (readonly number[])[],
  { from, tiles: { start, rows, columns }, pixelBytes }: {
    readonly from: number;
    readonly tiles: Tiles;
    readonly pixelBytes: readonly number[];
  },
): number {
  let most = 0;
  for (let node = from - start; node < together.length; node++) {
    let bytes = 0;
    for (const other of together[node]) {
      if (start + other < from) continue;
      bytes += rows.most[other] * columns.most[other] * pixelBytes[other];
    }
    most = Math.max(most, bytes);
  }
  return most;
}

/** The part of a tensor that one tile needs. */
function block(
  fusion: Fusion,
  position: number,
  { units, columns }: { readonly units: number; readonly columns: number },
): Omit<PartRing, "offsetBytes"> {
  const { pixelBytes, accumulatorBytes } = fusion.images[position]!;
  if (accumulatorBytes !== null) return accumulator(position, accumulatorBytes);
  return { position, sizeBytes: units * columns * pixelBytes, units, columns, mirrorPixels: 0 };
}

/** One dimension cut into tiles: for every step the largest extent of a tile, and the sum of all. */
interface Tiling {
  readonly tiles: number;
  readonly most: readonly number[];
  readonly sum: readonly number[];
}

function tiling(
  fusion: Fusion,
  stretch: Stretch,
  { side, tiles }: { readonly side: "rows" | "columns"; readonly tiles: number },
): Tiling {
  const all = Array.from(
    { length: tiles },
    (_, tile) => tileExtents(fusion, stretch, { side, tile, tiles }),
  );
  const most = all[0].map((_, node) =>
    Math.max(...all.map((each) => each[node][1] - each[node][0]))
  );
  const sum = all[0].map((_, node) =>
    all.reduce((total, each) => total + each[node][1] - each[node][0], 0)
  );
  return { tiles, most, sum };
}

/** For every step of a stretch the last one that reads what it writes. */
function lastReaders(fusion: Fusion, { from, until }: Stretch): number[] {
  const last = Array.from({ length: until - from }, (_, node) => from + node);
  for (let position = from; position < until; position++) {
    for (const { value } of fusion.images[position]!.reads) {
      const source = value === -1 ? -1 : fusion.producer[value];
      if (source >= from) last[source - from] = position;
    }
  }
  return last;
}
