import { needOf } from "../offsets/offset_bound.ts";
import type { FusionMode, RollingUnit } from "../segment.ts";
import { cheapestPath } from "./choose_parts.ts";
import type { Fusion } from "./fusion.ts";
import type { Part } from "./part.ts";
import { patchParts } from "./patch_parts.ts";
import { rollingParts } from "./rolling_parts.ts";

/** What may be among the parts. */
export interface CandidateOptions {
  readonly mode: FusionMode;
  /** Units of rolling segments. */
  readonly units: readonly RollingUnit[];
  /** Rows and columns of tiles, and strips, at most. */
  readonly mostTiles: number;
  /** Whether anything may be computed twice. */
  readonly mayRecompute: boolean;
}

/** Every part in the space that is searched, by the step it ends with. */
export function candidateParts(fusion: Fusion, options: CandidateOptions): Part[] {
  const { mode, units, mostTiles, mayRecompute } = options;
  const steps = fusion.images.length;
  const cache = new Map();
  const parts = layerParts(fusion);
  const add = (find: (until: number) => readonly Part[]) => {
    for (let until = 2; until <= steps; until++) parts.push(...find(until));
    parts.sort((a, b) => a.until - b.until);
  };
  if (mode === "rolling" || mode === "best") {
    for (const unit of units) {
      const common = { unit, strips: 1, cache };
      // A finer unit makes more calls: it is of use only below what coarser ones need.
      const limitBytes = cheapestNeed(fusion, parts);
      add((until) => rollingParts(fusion, until, { ...common, limitBytes }));
    }
  }
  if (!mayRecompute) return parts;
  // What computes anything twice has to need less than what does not.
  const once = cheapestNeed(fusion, parts);
  if (mode === "rolling" || mode === "best") {
    for (const unit of units) {
      for (let strips = 2; strips <= mostTiles; strips++) {
        const common = { unit, strips, cache, limitBytes: once };
        add((until) => rollingParts(fusion, until, common));
      }
    }
  }
  if (mode === "patch" || mode === "best") {
    add((until) => patchParts(fusion, until, { mostTiles, limitBytes: once }));
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

/** Every step by itself, as it runs layer by layer. */
function layerParts({ built: { problem }, macs }: Fusion): Part[] {
  const { items, steps, channels } = problem;
  return steps.map((rules, step) => {
    const alive = items.flatMap(({ from, until }, i) => from <= step && step < until ? i : []);
    const needBytes = needOf(items, alive, { rules, channels });
    const range = { from: step, until: step + 1 };
    return { ...range, needBytes, macs: macs[step], calls: 1, rules, form: null };
  });
}
