import type { StepOrder } from "../graph/order_steps.ts";
import type { PlanGraph } from "../graph/plan_graph.ts";
import type { PlacedPlan } from "../finish_plan.ts";
import { buildProblem } from "../offsets/build_problem.ts";
import { placed } from "../place.ts";
import type { PlanSettings } from "../plan_options.ts";
import { writePlan } from "../write_plan.ts";
import { candidateParts } from "./candidate_parts.ts";
import { cheapestPath, paretoPaths, type Path } from "./choose_parts.ts";
import { fusedProblem } from "./fused_problem.ts";
import { type Fusion, fusionOf } from "./fusion.ts";
import type { Part } from "./part.ts";
import { pathBound } from "./path_bound.ts";

/** Parts to choose from, and what they are parts of. */
export interface Search {
  readonly graph: PlanGraph;
  readonly order: StepOrder;
  readonly fusion: Fusion;
  readonly parts: readonly Part[];
  readonly settings: PlanSettings;
}

/** Everything that the segments of a graph could be. */
export function searchSegments(graph: PlanGraph, order: StepOrder, settings: PlanSettings): Search {
  const built = buildProblem(graph, order.order, settings);
  const fusion = fusionOf(graph, order, built);
  const { fusion: mode, granularity, mostTiles, macBudget } = settings;
  const parts = candidateParts(fusion, {
    mode,
    units: granularity === "row" ? ["row"] : ["row", "pixel"],
    mostTiles,
    mayRecompute: macBudget > 1,
  });
  return { graph, order, fusion, parts, settings };
}

/** All trade-offs of a search, the fewest multiply-accumulates first. */
export function* tradeOffs({ fusion, parts }: Search): Generator<Path> {
  yield* paretoPaths(parts, { steps: fusion.images.length, baseMacs: fusion.macs });
}

/**
 * The plan of a graph with segments: the least memory within the budget of multiply-accumulates, or
 * the fewest of these within the budget of memory; null if the budgets leave nothing.
 */
export function planFused(
  graph: PlanGraph,
  order: StepOrder,
  settings: PlanSettings,
): PlacedPlan | null {
  const search = searchSegments(graph, order, settings);
  const { fusion, parts } = search;
  const { macBudget, memoryBudget } = settings;
  if (memoryBudget === null) {
    let best: Path | null = null;
    for (const path of tradeOffs(search)) {
      if (!isWithin(fusion, path, macBudget)) break;
      best = path;
    }
    return best === null ? null : writePath(search, best);
  }
  const steps = { steps: fusion.images.length, baseMacs: fusion.macs };
  for (let limitBytes = memoryBudget;;) {
    const path = cheapestPath(parts, { ...steps, limitBytes });
    if (path === null || !isWithin(fusion, path, macBudget)) return null;
    const plan = writePath(search, path);
    if (plan.peakBytes <= memoryBudget) return plan;
    // Offsets as low as this path's need were not found: one that needs less, then.
    limitBytes = path.needBytes - 1;
  }
}

/** Whether a path does with a multiple of the layers' multiply-accumulates. */
export function isWithin({ macs }: Fusion, { extraMacs }: Path, macBudget: number): boolean {
  return extraMacs <= (macBudget - 1) * macs.reduce((sum, each) => sum + each, 0);
}

// Ways through the steps that are tried when offsets for the best one are not found.
const MORE_PATHS = 8;

/** The plan that a path leads to, or one that comes out lower where its offsets are not found. */
export function writePath(search: Search, path: Path): PlacedPlan {
  const { graph, order, fusion, parts, settings } = search;
  const place = ({ parts }: Path) => {
    const built = fusedProblem(fusion, parts);
    return { parts, built, placement: placed(built.problem, settings) };
  };
  let best = place(path);
  const steps = { steps: fusion.images.length, baseMacs: fusion.macs };
  let limitBytes = path.needBytes;
  for (let tries = 0; tries < MORE_PATHS; tries++) {
    const { heightBytes } = best.placement;
    const above = parts.map(({ needBytes }) => needBytes).filter((need) => need > limitBytes);
    limitBytes = Math.min(...above);
    if (limitBytes >= heightBytes) break;
    const other = cheapestPath(parts, { ...steps, limitBytes })!;
    if (other.extraMacs > path.extraMacs) continue;
    const next = place(other);
    if (next.placement.heightBytes < heightBytes) best = next;
  }
  const plan = writePlan(graph, { order, fusion, settings, ...best });
  const { boundBytes, reason } = pathBound(search, path);
  return {
    ...plan,
    lowerBoundBytes: boundBytes,
    lowerBoundReason: reason,
    optimal: plan.peakBytes === boundBytes,
  };
}
