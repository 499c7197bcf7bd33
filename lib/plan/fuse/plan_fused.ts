import type { StepOrder } from "../graph/order_steps.ts";
import type { PlanGraph } from "../graph/plan_graph.ts";
import type { PlacedPlan } from "../finish_plan.ts";
import { buildProblem } from "../offsets/build_problem.ts";
import { placed } from "../place.ts";
import { PlanError } from "../plan_error.ts";
import type { PlanSettings } from "../plan_options.ts";
import { writePlan } from "../write_plan.ts";
import { candidateParts } from "./candidate_parts.ts";
import { cheapestPath, paretoPaths, type Path } from "./choose_parts.ts";
import { fusedProblem } from "./fused_problem.ts";
import { type Fusion, fusionOf } from "./fusion.ts";
import type { Part } from "./part.ts";
import { whyNotLower } from "./why_not_lower.ts";

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
 * the fewest of these within the budget of memory.
 *
 * @throws {PlanError} if the budgets leave nothing.
 */
export function planFused(graph: PlanGraph, order: StepOrder, settings: PlanSettings): PlacedPlan {
  const search = searchSegments(graph, order, settings);
  return writePath(search, choosePath(search));
}

function choosePath(search: Search): Path {
  const { fusion, parts, settings: { macBudget, memoryBudget } } = search;
  const total = totalMacs(fusion);
  const isWithin = ({ extraMacs }: Path) => extraMacs <= (macBudget - 1) * total;
  if (memoryBudget !== null) {
    const graph = { steps: fusion.images.length, baseMacs: fusion.macs };
    const path = cheapestPath(parts, { ...graph, limitBytes: memoryBudget });
    if (path !== null && isWithin(path)) return path;
  }
  let best: Path | null = null;
  for (const path of tradeOffs(search)) {
    if (!isWithin(path)) break;
    best = path;
  }
  if (best !== null && memoryBudget === null) return best;
  throw new PlanError(
    `no plan needs ${memoryBudget} bytes or less within the budget of multiply-accumulates; the ` +
      `least found is ${best?.needBytes}`,
  );
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
  return {
    ...plan,
    lowerBoundBytes: path.needBytes,
    lowerBoundReason: whyNotLower(search, path),
    optimal: plan.peakBytes === path.needBytes,
  };
}

/** Multiply-accumulates of all steps, layer by layer. */
export function totalMacs({ macs }: Fusion): number {
  return macs.reduce((sum, each) => sum + each, 0);
}
