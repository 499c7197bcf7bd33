// All ways to cut an order of operators into parts, and whether any of them can be placed.
import type { Model, PlanOptions } from "tinyloom";
import { layerParts } from "../../lib/plan/fuse/candidate_parts.ts";
import { type Fusion, fusionOf, type Part } from "../../lib/plan/fuse/fusion.ts";
import { fusedProblem, rememberedSurroundings } from "../../lib/plan/fuse/part_rules.ts";
import { patchParts } from "../../lib/plan/fuse/patches.ts";
import { rollingParts } from "../../lib/plan/fuse/rolling_rows.ts";
import { planGraph } from "../../lib/plan/graph/simplify_graph.ts";
import { buildProblem } from "../../lib/plan/offsets/build_problem.ts";
import { planSettings } from "../../lib/plan/plan_options.ts";
import { fitsWithin } from "./exhaustive_offsets.ts";

/** A graph in its order, and every part that there could be, none left out because another is better. */
export interface EveryPart {
  readonly fusion: Fusion;
  readonly parts: readonly Part[];
}

/** Parts of every kind that the options allow, for the operators in the order given. */
export function everyPart(model: Model, options: PlanOptions): EveryPart {
  const settings = planSettings(options);
  const { fusion: mode, granularity, mostTiles } = settings;
  const graph = planGraph(model, settings.uses, settings.input);
  const order = { order: graph.steps.map((_, i) => i), peakBytes: 0, optimal: true };
  const fusion = fusionOf(graph, order, buildProblem(graph, order.order, settings));
  const around = rememberedSurroundings(fusion);
  const every = { limitBytes: Infinity, reaches: new Map(), around, isUseful: () => true };
  const parts: Part[] = layerParts(fusion.built.problem, fusion.macs);
  const units = granularity === "row" ? ["row"] as const : ["row", "pixel"] as const;
  for (let until = 2; until <= graph.steps.length; until++) {
    if (mode !== "patch") {
      for (const unit of units) {
        const most = unit === "pixel" ? Math.min(4, mostTiles) : mostTiles;
        for (let strips = 1; strips <= most; strips++) {
          parts.push(...rollingParts(fusion, until, { unit, strips, ...every })!);
        }
      }
    }
    if (mode !== "rolling") parts.push(...patchParts(fusion, until, { mostTiles, ...every }));
  }
  return { fusion, parts };
}

/**
 * Whether some way through all operators can be placed within a height, by trying every offset of every
 * item; null if there are more ways than `mostPaths`.
 */
export function anyFits(
  { fusion, parts }: EveryPart,
  heightBytes: number,
  mostPaths: number,
): boolean | null {
  const steps = fusion.images.length;
  if (steps === 0) return null;
  // Alone, a part needs its own items at least; these are tried once for each part.
  const fit = parts.filter((part) => isAloneWithin({ fusion, parts }, part, heightBytes));
  let paths = 0;
  const search = (path: readonly Part[]): boolean | null => {
    const at = path.at(-1)?.until ?? 0;
    if (at === steps) {
      if (++paths > mostPaths) return null;
      return fitsWithin(fusedProblem(fusion, path).problem, heightBytes);
    }
    for (const part of fit.filter(({ from }) => from === at)) {
      const found = search([...path, part]);
      if (found !== false) return found;
    }
    return false;
  };
  return search([]);
}

/** Whether what lives during a part, the workspace included, could lie within a height at all. */
function isAloneWithin({ fusion, parts }: EveryPart, part: Part, heightBytes: number): boolean {
  const layer = (position: number) =>
    parts.find((each) => each.form === null && each.from === position)!;
  const steps = fusion.images.length;
  const path = [
    ...Array.from({ length: part.from }, (_, i) => layer(i)),
    part,
    ...Array.from({ length: steps - part.until }, (_, i) => layer(part.until + i)),
  ];
  const { items } = fusedProblem(fusion, path).problem;
  return items.every(({ from, until, sizeBytes }) =>
    until <= part.from || from > part.from || sizeBytes <= heightBytes
  );
}
