import { isOver, lookedAfter, shown } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Model } from "../model/model.ts";
import { finishPlan } from "./fits.ts";
import {
  mostExtraMacs,
  planLayers,
  searchSegments,
  tradeOffs,
  writePath,
} from "./fuse/plan_fused.ts";
import { planGraph } from "./graph/simplify_graph.ts";
import type { Plan } from "./plan.ts";
import { orders, planMemory, planOne } from "./plan_memory.ts";
import {
  planOptionNames,
  type PlanOptions,
  type PlanSettings,
  planSettings,
  withShare,
} from "./plan_options.ts";
import { calleeArena, planSubgraphs, withSubgraphs } from "./plan_subgraphs.ts";

/**
 * All trade-offs between memory and multiply-accumulates that the search for segments finds, as
 * plans: from the fewest multiply-accumulates to the least memory, each with less memory than the one
 * before it. `fusion` is `best` when absent, `macBudget` not limited.
 *
 * @throws {RangeError} as `planMemory`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fusionFrontier, zoo } from "tinyloom";
 *
 * const [first, ...others] = fusionFrontier(zoo("mcunet-vww1"), { input: "external" });
 * assert.equal(first.macFactor, 1);
 * assert.ok(others.every((plan) => plan.peakBytes < first.peakBytes && plan.macFactor > 1));
 * ```
 *
 * @category Planner
 */
export function fusionFrontier(model: Model, options: PlanOptions = {}): readonly Plan[] {
  checkOptions("fusionFrontier", options, ...planOptionNames);
  checkArguments("fusionFrontier", { model });
  const { fusion = "best" } = options;
  const total = planSettings({ ...options, fusion }).deadlineMs - performance.now();
  return lookedAfter(
    { label: "frontier, at most", total, unit: "ms" },
    () => frontierOf(model, options),
  );
}

function frontierOf(model: Model, options: PlanOptions): readonly Plan[] {
  const { fusion = "best", macBudget = Infinity, memoryBudget: _, ...rest } = options;
  if (fusion === "none") return [planMemory(model, { ...rest, fusion })];
  const subgraphs = planSubgraphs(model, { ...rest, fusion }, planOne);
  const arenaOf: PlanSettings["arenaOf"] = (operator) => calleeArena(operator, subgraphs);
  const settings = planSettings({ ...rest, fusion, macBudget }, arenaOf);
  const graph = planGraph(model, settings.uses, settings.input);
  const plans = orders(graph, settings).flatMap((order, i, { length }) => {
    const share = withShare(settings, 1 / (length - i));
    if (graph.steps.length === 0) return planLayers(graph, order, share);
    const search = searchSegments(graph, order, share);
    const most = mostExtraMacs(search.fusion, macBudget);
    const paths = [...tradeOffs(search)].filter(({ extraMacs }) => extraMacs <= most);
    return paths.flatMap((path, j) => {
      if (j > 0 && isOver(share.deadlineMs)) return [];
      return writePath({ ...search, settings: withShare(share, 1 / (paths.length - j)) }, path);
    });
  }).map((plan) => finishPlan(withSubgraphs(plan, model, subgraphs), model, options))
    .map((plan) => shown(plan, "plan"));
  plans.sort((a, b) => a.macFactor - b.macFactor || a.peakBytes - b.peakBytes);
  let least = Infinity;
  return plans.filter(({ peakBytes }) => {
    if (peakBytes >= least) return false;
    least = peakBytes;
    return true;
  });
}
