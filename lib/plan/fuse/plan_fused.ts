import type { PlacedPlan } from "../fits.ts";
import type { StepOrder } from "../graph/order_steps.ts";
import type { PlanGraph } from "../graph/plan_graph.ts";
import { buildProblem } from "../offsets/build_problem.ts";
import { placed } from "../offsets/place_items.ts";
import type { PlanSettings } from "../plan_options.ts";
import { writePlan } from "../write_plan.ts";
import { candidateParts, cheapestPath, paretoPaths, type Path } from "./candidate_parts.ts";
import { type Fusion, fusionOf, type Part } from "./fusion.ts";
import { fusedProblem } from "./part_rules.ts";

/** Parts to choose from, and what they are parts of. */
interface Search {
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

/** A height that no choice of parts with at most a path's multiply-accumulates goes below. */
export interface PathBound {
  readonly boundBytes: number;
  /** Why nothing is lower, in words. */
  readonly reason: string;
}

/** What bounds a path from below, and why nothing less was possible. */
function pathBound(search: Search, path: Path): PathBound {
  const { fusion, parts, settings: { macBudget, memoryBudget } } = search;
  const steps = { steps: fusion.images.length, baseMacs: fusion.macs };
  let least = path;
  let above: Path | null = null;
  while (above === null) {
    const lower = cheapestPath(parts, { ...steps, limitBytes: least.needBytes - 1 });
    if (lower === null) break;
    if (lower.extraMacs > path.extraMacs) above = lower;
    else least = lower;
  }
  const boundBytes = least.needBytes;
  if (boundBytes < path.needBytes) {
    const reason =
      `the memory budget of ${bytes(memoryBudget ?? 0)} asks for the fewest calls of ` +
      `kernels, and less memory takes more of them`;
    return { boundBytes, reason };
  }
  if (above === null) return { boundBytes, reason: bottleneck(search, boundBytes) };
  const factor = macFactor(search, above);
  const budget = factor > macBudget ? `, the budget is ${macBudget}` : "";
  const reason = `less memory takes ${factor.toFixed(4)} times the model's multiply-accumulates`;
  return { boundBytes, reason: `${reason}${budget}` };
}

function macFactor({ fusion }: Search, { extraMacs }: Path): number {
  const total = fusion.macs.reduce((sum, macs) => sum + macs, 0);
  return 1 + extraMacs / Math.max(1, total);
}

/** The operator that no part has in less. */
function bottleneck({ fusion, parts, graph, order }: Search, needBytes: number): string {
  const steps = fusion.images.length;
  const operatorAt = (position: number) => {
    const { operator } = graph.steps[order.order[position]];
    return `operator ${operator} ${graph.model.operators[operator].op}`;
  };
  for (let position = 0; position < steps; position++) {
    const over = parts.filter(({ from, until }) => from <= position && position < until);
    const best = over.reduce((a, b) => b.needBytes < a.needBytes ? b : a);
    if (best.needBytes < needBytes) continue;
    const layer = over.find(({ form }) => form === null)!;
    const ways = over.length === 1 ? "" : `; by itself ${bytes(layer.needBytes)}`;
    return `no part with ${operatorAt(position)} needs less than ${
      bytes(best.needBytes)
    }, the best ` +
      `being ${describe(best, operatorAt)}${ways}`;
  }
  return `parts that need less do not join to a way through all operators`;
}

function describe({ from, until, form }: Part, operatorAt: (position: number) => string): string {
  if (form === null) return "layer by layer";
  const { kind, unit, tiles: [rows, columns] } = form;
  const range = `from ${operatorAt(from)} to ${operatorAt(until - 1)}`;
  if (kind === "patch") return `${rows} x ${columns} patches ${range}`;
  const strips = columns === 1 ? "" : ` in ${columns} strips`;
  return `rolling ${unit}s${strips} ${range}`;
}

function bytes(count: number): string {
  return `${count.toLocaleString("en-US")} B`;
}
