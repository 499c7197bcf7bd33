import type { Model } from "../model/model.ts";
import { callees, graphsOf, reachable, withGraph } from "../model/subgraphs.ts";
import type { Operator } from "../model/operator.ts";
import { runStateOf, stateBytesOf } from "../model/run_state.ts";
import type { PlacedPlan } from "./fits.ts";
import type { Plan, SubgraphPlan } from "./plan.ts";
import { type CalleeArena, type PlanOptions, planSettings } from "./plan_options.ts";
import { techniqueNames } from "./techniques.ts";
import { unknownParts } from "./unknown_parts.ts";

/** Makes the plan of one graph, given those of the subgraphs that it runs. */
export type PlanOne = (
  model: Model,
  options: PlanOptions,
  subgraphs: readonly SubgraphPlan[],
) => Plan;

/**
 * The plans of all subgraphs that a run reaches, those that others run first. Each is planned on its
 * own, in an arena that begins at its own byte 0.
 */
export function planSubgraphs(
  model: Model,
  options: PlanOptions,
  planOne: PlanOne,
): readonly SubgraphPlan[] {
  const order = calleesFirst(model);
  if (order.length === 0) return [];
  const { techniques = techniqueNames, alignmentBytes, scratch, pixels, channels } = options;
  const own: PlanOptions = {
    // The operator that runs a subgraph hands over what the model says, and reads it, too.
    techniques: techniques.filter((name) => name !== "integer-edges"),
    timeLimitMs: (planSettings(options).deadlineMs - performance.now()) / (order.length + 1),
    ...{ alignmentBytes, scratch, pixels, channels },
  };
  const plans: SubgraphPlan[] = [];
  for (const subgraph of order) {
    // All plans stand in one list: what a subgraph runs stands before it there, not within it.
    const { subgraphs: _, ...plan } = planOne(withGraph(model, subgraph), own, [...plans]);
    plans.push({ subgraph, plan });
  }
  return plans;
}

/** Subgraphs that a run reaches, in an order in which each comes after those that it runs. */
function calleesFirst(model: Model): readonly number[] {
  const graphs = graphsOf(model);
  const left = new Set(reachable(model).slice(1));
  const order: number[] = [];
  while (left.size > 0) {
    const next = [...left].filter((graph) =>
      graphs[graph].operators.every((operator) =>
        callees(operator).every((each) => !left.has(each))
      )
    );
    if (next.length === 0) {
      throw new RangeError("a subgraph runs itself through those that it runs");
    }
    for (const graph of next) left.delete(graph);
    order.push(...next);
  }
  return order;
}

/**
 * The arena of an operator's subgraphs; null if they need none. What goes from one to the other lies in
 * the operator's own tensors meanwhile: one arena after the other.
 */
export function calleeArena(
  operator: Operator,
  subgraphs: readonly SubgraphPlan[],
): CalleeArena | null {
  const called = new Set(callees(operator));
  const own = subgraphs.filter(({ subgraph }) => called.has(subgraph));
  const most = (of: (plan: Plan) => number) => Math.max(0, ...own.map(({ plan }) => of(plan)));
  const sizeBytes = most(({ peakBytes }) => peakBytes);
  if (sizeBytes === 0) return null;
  const names = own.map(({ subgraph }) => subgraph).sort((a, b) => a - b);
  return {
    purpose: `arena of subgraph${names.length > 1 ? "s" : ""} ${names.join(" and ")}`,
    sizeBytes,
    alignmentBytes: most(arenaAlignment),
    spareBytes: sizeBytes - most(({ lowerBoundBytes }) => lowerBoundBytes),
  };
}

/** What an arena's first byte has to be a multiple of: all alignments are powers of 2 or the same. */
function arenaAlignment({ buffers }: Plan): number {
  return buffers.reduce((least, { alignmentBytes }) => lcm(least, alignmentBytes), 1);
}

function lcm(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return a / x * b;
}

/** A plan with those of the subgraphs in it, and what they mean for it. */
export function withSubgraphs(
  plan: PlacedPlan,
  model: Model,
  subgraphs: readonly SubgraphPlan[],
): PlacedPlan {
  if (subgraphs.length === 0 && runStateOf(model).tensors.size === 0) return plan;
  const stateBytes = stateBytesOf(model);
  if (subgraphs.length === 0) return { ...plan, stateBytes };
  const spares = plan.steps.map(({ operator }) =>
    calleeArena(model.operators[operator], subgraphs)?.spareBytes ?? 0
  );
  const lowerBoundBytes = plan.lowerBoundBytes - Math.max(0, ...spares);
  const unknown = [
    ...plan.unknown,
    ...reachable(model).slice(1).flatMap((subgraph) =>
      unknownParts(graphsOf(model)[subgraph]).map((part) => `in subgraph ${subgraph}: ${part}`)
    ),
  ];
  return {
    ...plan,
    stateBytes,
    subgraphs,
    lowerBoundBytes,
    unknown,
    optimal: plan.peakBytes === lowerBoundBytes && unknown.length === 0,
  };
}
