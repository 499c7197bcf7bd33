import type { FusionMode, Granularity } from "../segment.ts";
import { cheapestPath } from "./choose_parts.ts";
import { leastCover, usefulRanges } from "./useful_ranges.ts";
import type { Fusion } from "./fusion.ts";
import { layerParts } from "./layer_parts.ts";
import type { Part } from "./part.ts";
import { rememberedSurroundings } from "./part_rules.ts";
import { patchParts } from "./patch_parts.ts";
import { rollingParts } from "./rolling_parts.ts";

/** What may be among the parts. */
export interface CandidateOptions {
  readonly mode: FusionMode;
  /** Units of rolling segments. */
  readonly units: readonly Granularity[];
  /** Rows and columns of tiles, and strips, at most. */
  readonly mostTiles: number;
  /** Whether anything may be computed twice. */
  readonly mayRecompute: boolean;
}

// Pixels of many strips take long to look at, and longer to run.
const MOST_PIXEL_STRIPS = 4;

/** Every part in the space that is searched and may be of use, by the step it ends with. */
export function candidateParts(fusion: Fusion, options: CandidateOptions): Part[] {
  const { mode, units, mostTiles, mayRecompute } = options;
  const steps = fusion.images.length;
  const reaches = new Map();
  const around = rememberedSurroundings(fusion);
  const parts = layerParts(fusion.built.problem, fusion.macs);
  const leastBytes = leastCover(fusion, parts, around);
  const add = (find: (until: number) => readonly Part[]) => {
    for (let until = 2; until <= steps; until++) parts.push(...find(until));
    parts.sort((a, b) => a.until - b.until);
  };
  const common = () => ({ around, isUseful: usefulRanges(parts, { steps, leastBytes }) });
  if (mode === "rolling" || mode === "best") {
    for (const unit of units) {
      // A finer unit makes more calls: it is of use only below what coarser ones need.
      const limitBytes = cheapestNeed(fusion, parts);
      const shared = common();
      add((until) =>
        rollingParts(fusion, until, { unit, strips: 1, reaches, limitBytes, ...shared })
      );
    }
  }
  if (!mayRecompute) return parts;
  // What computes anything twice has to need less than what does not.
  const limitBytes = cheapestNeed(fusion, parts);
  const shared = common();
  if (mode === "rolling" || mode === "best") {
    for (const unit of units) {
      const most = unit === "pixel" ? Math.min(mostTiles, MOST_PIXEL_STRIPS) : mostTiles;
      for (let strips = 2; strips <= most; strips++) {
        add((until) =>
          rollingParts(fusion, until, { unit, strips, reaches, limitBytes, ...shared })
        );
      }
    }
  }
  if (mode === "patch" || mode === "best") {
    add((until) => patchParts(fusion, until, { mostTiles, limitBytes, ...shared }));
  }
  return parts;
}

/** The least memory in which all steps find a way. */
function cheapestNeed(fusion: Fusion, parts: readonly Part[]): number {
  const graph = { steps: fusion.images.length, baseMacs: fusion.macs.map(() => 0) };
  let needBytes = Infinity;
  for (;;) {
    const path = cheapestPath(parts, { ...graph, limitBytes: needBytes - 1 });
    if (path === null) return needBytes;
    needBytes = path.needBytes;
  }
}
