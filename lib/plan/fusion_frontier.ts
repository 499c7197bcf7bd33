import { isOver, lookedAfter, shown } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Model } from "../model/model.ts";
import { finishPlan, type PlacedPlan } from "./fits.ts";
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
    () => {
      const steps = frontierSteps(model, options);
      let step = steps.next();
      while (!step.done) step = steps.next();
      return step.value;
    },
    { signal: options.signal },
  );
}

/** Trade-offs written out so far, of those that are known of. */
export interface FrontierProgress {
  readonly done: number;
  readonly of: number;
}

/**
 * The same in steps, between which others may have their turn; `next(true)` ends it with the plans
 * that there are by then.
 */
export function* frontierSteps(
  model: Model,
  options: PlanOptions = {},
): Generator<FrontierProgress, readonly Plan[], boolean | undefined> {
  const { fusion = "best", macBudget = Infinity, memoryBudget: _, ...rest } = options;
  if (fusion === "none") return [planMemory(model, { ...rest, fusion })];
  const subgraphs = planSubgraphs(model, { ...rest, fusion }, planOne);
  const arenaOf: PlanSettings["arenaOf"] = (operator) => calleeArena(operator, subgraphs);
  const settings = planSettings({ ...rest, fusion, macBudget }, arenaOf);
  const graph = planGraph(model, settings.uses, settings.input);
  const placed: PlacedPlan[] = [];
  const all = orders(graph, settings);
  let isEnded = false;
  for (const [i, order] of all.entries()) {
    if (isEnded) break;
    const share = withShare(settings, 1 / (all.length - i));
    if (graph.steps.length === 0) {
      placed.push(planLayers(graph, order, share));
      continue;
    }
    const search = searchSegments(graph, order, share);
    const most = mostExtraMacs(search.fusion, macBudget);
    const paths = [...tradeOffs(search)].filter(({ extraMacs }) => extraMacs <= most);
    for (const [j, path] of paths.entries()) {
      if (isEnded || (j > 0 && isOver(share.deadlineMs))) break;
      const part = withShare(share, 1 / (paths.length - j));
      placed.push(writePath({ ...search, settings: part }, path));
      isEnded = (yield { done: placed.length, of: paths.length * all.length }) === true;
    }
  }
  const plans = placed
    .map((plan) => finishPlan(withSubgraphs(plan, model, subgraphs), model, options))
    .map((plan) => shown(plan, "plan"));
  plans.sort((a, b) => a.macFactor - b.macFactor || a.peakBytes - b.peakBytes);
  let least = Infinity;
  return plans.filter(({ peakBytes }) => {
    if (peakBytes >= least) return false;
    least = peakBytes;
    return true;
  });
}
