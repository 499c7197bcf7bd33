import { isOver } from "../../host.ts";
import type { PlacedPlan } from "../fits.ts";
import type { StepOrder } from "../graph/order_steps.ts";
import type { PlanGraph } from "../graph/plan_graph.ts";
import { buildProblem } from "../offsets/build_problem.ts";
import { placed } from "../offsets/place_items.ts";
import { type PlanSettings, withShare } from "../plan_options.ts";
import { writePlan } from "../write_plan.ts";
import {
  type CandidateParts,
  candidateParts,
  cheapestPath,
  layerParts,
  leastPath,
  paretoPaths,
  type Path,
} from "./candidate_parts.ts";
import { type Fusion, fusionOf, type Part } from "./fusion.ts";
import { fusedProblem } from "./part_rules.ts";

/** Parts to choose from, and what they are parts of. */
interface Search {
  readonly graph: PlanGraph;
  readonly order: StepOrder;
  readonly fusion: Fusion;
  readonly candidates: CandidateParts;
  readonly settings: PlanSettings;
}

// Of the time left: first layer by layer, then what segments there could be; the rest is for offsets.
const LAYERS_SHARE = 0.25;
const SEARCH_SHARE = 0.6;

/** Everything that the segments of a graph could be. */
export function searchSegments(graph: PlanGraph, order: StepOrder, settings: PlanSettings): Search {
  const built = buildProblem(graph, order.order, settings);
  const fusion = fusionOf(graph, order, built);
  const { fusion: mode, granularity, mostTiles, macBudget } = settings;
  const { deadlineMs } = withShare(settings, SEARCH_SHARE);
  const candidates = candidateParts(fusion, {
    mode,
    units: granularity === "row" ? ["row"] : ["row", "pixel"],
    mostTiles,
    mayRecompute: macBudget > 1,
    deadlineMs,
  });
  return { graph, order, fusion, candidates, settings };
}

/** All trade-offs of a search, the fewest multiply-accumulates first. */
export function* tradeOffs({ fusion, candidates: { parts } }: Search): Generator<Path> {
  yield* paretoPaths(parts, { steps: fusion.images.length, baseMacs: fusion.macs });
}

/** The plan of a graph whose operators run one after the other. */
export function planLayers(
  graph: PlanGraph,
  order: StepOrder,
  settings: PlanSettings,
): PlacedPlan {
  const built = buildProblem(graph, order.order, settings);
  const parts = layerParts(built.problem, order.order.map(() => 0));
  const placement = placed(built.problem, settings);
  return writePlan(graph, { order, parts, built, fusion: null, placement, settings });
}

/**
 * The plan of a graph with segments: the least memory within the budget of multiply-accumulates, or
 * the fewest of these within the budget of memory; null if the budgets leave nothing. It is never worse
 * than the plan layer by layer, which comes first, however early the deadline is.
 */
export function planFused(
  graph: PlanGraph,
  order: StepOrder,
  settings: PlanSettings,
): PlacedPlan | null {
  const layers = planLayers(graph, order, withShare(settings, LAYERS_SHARE));
  const search = searchSegments(graph, order, settings);
  const { memoryBudget } = settings;
  const plan = memoryBudget === null ? leastMemory(search) : fewestMacs(search, memoryBudget);
  if (memoryBudget !== null && layers.peakBytes > memoryBudget) return plan;
  if (plan === null) return withBound(layers, unsearched(search));
  const isBetter = memoryBudget === null ? plan.peakBytes <= layers.peakBytes : plan.macFactor <= 1;
  return isBetter ? plan : withBound(layers, plan);
}

function leastMemory(search: Search): PlacedPlan | null {
  const { fusion, candidates: { parts }, settings: { macBudget } } = search;
  const path = leastPath(parts, stepsOf(fusion), mostExtraMacs(fusion, macBudget));
  return path === null ? null : writePath(search, path);
}

function fewestMacs(search: Search, memoryBudget: number): PlacedPlan | null {
  const { fusion, candidates: { parts }, settings: { macBudget, deadlineMs } } = search;
  const most = mostExtraMacs(fusion, macBudget);
  const steps = stepsOf(fusion);
  for (let limitBytes = memoryBudget;;) {
    const path = cheapestPath(parts, { ...steps, limitBytes });
    if (path === null || path.extraMacs > most) return null;
    const plan = writePath(search, path);
    if (plan.peakBytes <= memoryBudget) return plan;
    // Offsets as low as this path's need were not found: one that needs less, then; the one that needs
    // the least if the time is up.
    const least = isOver(deadlineMs) ? leastPath(parts, steps, most) : null;
    if (least?.needBytes === path.needBytes) return null;
    limitBytes = least?.needBytes ?? path.needBytes - 1;
  }
}

function stepsOf({ images, macs }: Fusion): {
  readonly steps: number;
  readonly baseMacs: readonly number[];
} {
  return { steps: images.length, baseMacs: macs };
}

/** What a budget, a factor of the layers' multiply-accumulates, leaves beyond these. */
export function mostExtraMacs({ macs }: Fusion, macBudget: number): number {
  // Infinity times 0 is no number.
  if (macBudget === Infinity) return Infinity;
  return (macBudget - 1) * macs.reduce((sum, each) => sum + each, 0);
}

// Ways through the steps that are tried when offsets for the best one are not found.
const MORE_PATHS = 8;

/** The plan that a path leads to, or one that comes out lower where its offsets are not found. */
export function writePath(search: Search, path: Path): PlacedPlan {
  const { graph, order, fusion, candidates: { parts }, settings } = search;
  const place = ({ parts }: Path) => {
    const built = fusedProblem(fusion, parts);
    return { parts, built, placement: placed(built.problem, withShare(settings, 0.5)) };
  };
  let best = place(path);
  const steps = stepsOf(fusion);
  let limitBytes = path.needBytes;
  for (let tries = 0; tries < MORE_PATHS; tries++) {
    const { heightBytes } = best.placement;
    limitBytes = parts.reduce(
      (least, { needBytes }) => needBytes > limitBytes ? Math.min(least, needBytes) : least,
      Infinity,
    );
    if (limitBytes >= heightBytes || isOver(settings.deadlineMs)) break;
    const other = cheapestPath(parts, { ...steps, limitBytes })!;
    if (other.extraMacs > path.extraMacs) continue;
    const next = place(other);
    if (next.placement.heightBytes < heightBytes) best = next;
  }
  const plan = writePlan(graph, { order, fusion, settings, ...best });
  const { boundBytes, reason } = pathBound(search, path);
  return withBound(plan, { lowerBoundBytes: boundBytes, lowerBoundReason: reason });
}

function withBound(
  plan: PlacedPlan,
  { lowerBoundBytes, lowerBoundReason }: Pick<PlacedPlan, "lowerBoundBytes" | "lowerBoundReason">,
): PlacedPlan {
  const optimal = plan.peakBytes === lowerBoundBytes && plan.unknown.length === 0;
  return { ...plan, lowerBoundBytes, lowerBoundReason, optimal };
}

/** The bound where not all segments were looked at. */
function unsearched({ candidates }: Search) {
  return {
    lowerBoundBytes: candidates.leastBytes,
    lowerBoundReason: "the time was up before all segments were looked at",
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
  const { fusion, candidates, settings: { macBudget, memoryBudget } } = search;
  if (!candidates.isComplete) {
    const { lowerBoundBytes, lowerBoundReason } = unsearched(search);
    return { boundBytes: lowerBoundBytes, reason: lowerBoundReason };
  }
  const { parts } = candidates;
  const steps = stepsOf(fusion);
  const least = leastPath(parts, steps, path.extraMacs) ?? path;
  const above = cheapestPath(parts, { ...steps, limitBytes: least.needBytes - 1 });
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
function bottleneck(
  { fusion, candidates: { parts }, graph, order }: Search,
  needBytes: number,
): string {
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
