import { roundUp } from "../offsets/offset_problem.ts";
import type { Extent } from "../segment.ts";
import { firstStart, type Fusion, isSegmentOutput } from "./fusion.ts";
import { packRings } from "./pack_rings.ts";
import { accumulator, type Part, type PartRing } from "./part.ts";
import { segmentNeed, surroundings } from "./part_rules.ts";
import { tileExtents } from "./stretch.ts";

const NO_RULES = { pairings: [], inPlace: [] };

/**
 * Every patch-based segment of at least two operators that ends before `until`, with up to
 * `mostTiles` rows and columns of tiles. Its tensors are not shared with input and output: a later
 * tile may still read what lies there.
 */
export function patchParts(
  fusion: Fusion,
  until: number,
  { mostTiles, limitBytes }: { readonly mostTiles: number; readonly limitBytes: number },
): Part[] {
  const start = firstStart(fusion, until);
  if (until - start < 2) return [];
  const { height, width } = fusion.images[until - 1]!;
  const sides = {
    rows: tilings(fusion, { start, until }, "rows", Math.min(mostTiles, height)),
    columns: tilings(fusion, { start, until }, "columns", Math.min(mostTiles, width)),
  };
  const lastReader = lastReaders(fusion, { start, until });
  const parts: Part[] = [];
  for (let from = until - 2; from >= start; from--) {
    const here = surroundings(fusion, { from, until });
    const bareBytes = segmentNeed(fusion, here, { rules: NO_RULES, workspaceBytes: 0 });
    if (bareBytes >= limitBytes) continue;
    const inside: number[] = [];
    for (let position = from; position < until; position++) {
      const isPool = fusion.images[position]!.accumulatorBytes !== null;
      if (isPool || !isSegmentOutput(fusion, position, until)) inside.push(position);
    }
    const { alignmentBytes } = here;
    const conflict = (a: number, b: number) =>
      // The sums of a global pool, at the end, live as long as the segment.
      inside[a] === until - 1 || inside[b] === until - 1 ||
      inside[a] <= lastReader[inside[b] - start] && inside[b] <= lastReader[inside[a] - start];
    for (const rows of sides.rows) {
      for (const columns of sides.columns) {
        if (rows.tiles * columns.tiles === 1) continue;
        const blocks = inside.map((position) =>
          block(fusion, position, {
            units: Math.max(1, rows.most[position - start]),
            columns: Math.max(1, columns.most[position - start]),
          })
        );
        const sizes = blocks.map(({ sizeBytes }) => roundUp(sizeBytes, alignmentBytes));
        if (bareBytes + Math.max(0, ...sizes) >= limitBytes) continue;
        const packed = packRings(sizes, conflict);
        const workspaceBytes = packed.heightBytes;
        const needBytes = segmentNeed(fusion, here, { rules: NO_RULES, workspaceBytes });
        if (needBytes >= limitBytes) continue;
        let macs = 0;
        for (let node = from - start; node < until - start; node++) {
          macs += rows.sum[node] * columns.sum[node] * fusion.images[start + node]!.macsPerPixel;
        }
        const rings = blocks.map((block, i) => ({ ...block, offsetBytes: packed.offsets[i] }));
        const tiles = [rows.tiles, columns.tiles] as const;
        parts.push({
          from,
          until,
          needBytes,
          macs,
          calls: rows.tiles * columns.tiles * (until - from),
          rules: NO_RULES,
          form: { kind: "patch", unit: null, tiles, rings, workspaceBytes },
        });
      }
    }
  }
  return parts;
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

function tilings(
  fusion: Fusion,
  { start, until }: { readonly start: number; readonly until: number },
  side: "rows" | "columns",
  mostTiles: number,
): Tiling[] {
  const length = ([from, to]: Extent) => to - from;
  return Array.from({ length: mostTiles }, (_, i) => {
    const tiles = i + 1;
    const all = Array.from(
      { length: tiles },
      (_, tile) => tileExtents(fusion, { from: start, until }, { side, tile, tiles }),
    );
    const over = (node: number) => all.map((extents) => length(extents[node]));
    const most = all[0].map((_, node) => Math.max(...over(node)));
    const sum = all[0].map((_, node) => over(node).reduce((total, extent) => total + extent, 0));
    return { tiles, most, sum };
  });
}

/** For every step of a stretch the last one that reads what it writes. */
function lastReaders(
  fusion: Fusion,
  { start, until }: { readonly start: number; readonly until: number },
): number[] {
  const last = Array.from({ length: until - start }, (_, node) => start + node);
  for (let position = start; position < until; position++) {
    for (const { value } of fusion.images[position]!.reads) {
      const source = value === -1 ? -1 : fusion.producer[value];
      if (source >= start) last[source - start] = position;
    }
  }
  return last;
}
