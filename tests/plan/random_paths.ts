// Plans of segments put together at random: not good ones, but each has to hold.
import type { Model, Plan, PlanOptions } from "tinyloom";
import { finishPlan } from "../../lib/plan/fits.ts";
import { layerParts } from "../../lib/plan/fuse/candidate_parts.ts";
import { fusionOf, type Part } from "../../lib/plan/fuse/fusion.ts";
import { fusedProblem, rememberedSurroundings } from "../../lib/plan/fuse/part_rules.ts";
import { patchParts } from "../../lib/plan/fuse/patches.ts";
import { rollingParts } from "../../lib/plan/fuse/rolling_rows.ts";
import { planGraph } from "../../lib/plan/graph/simplify_graph.ts";
import { buildProblem } from "../../lib/plan/offsets/build_problem.ts";
import { placed } from "../../lib/plan/offsets/place_items.ts";
import { planSettings } from "../../lib/plan/plan_options.ts";
import { writePlan } from "../../lib/plan/write_plan.ts";
import type { Draw } from "./random_graph.ts";

/** A plan, and what its parts need at least. */
export interface RandomPath {
  readonly plan: Plan;
  readonly needBytes: number;
}

/** Some plans of a model from parts that are picked at random out of all there are. */
export function randomPaths(
  model: Model,
  draw: Draw,
  { count, ...options }: PlanOptions & { readonly count: number },
): RandomPath[] {
  const asked = { ...options, fusion: "best" } as const;
  const settings = planSettings(asked);
  const graph = planGraph(model, settings.uses, settings.input);
  const order = { order: graph.steps.map((_, i) => i), peakBytes: 0, optimal: true };
  const built = buildProblem(graph, order.order, settings);
  const fusion = fusionOf(graph, order, built);
  const steps = graph.steps.length;
  const parts: Part[] = layerParts(built.problem, fusion.macs);
  const around = rememberedSurroundings(fusion);
  const every = { limitBytes: Infinity, reaches: new Map(), around, isUseful: () => true };
  for (let until = 2; until <= steps; until++) {
    for (const unit of ["row", "pixel"] as const) {
      for (const strips of [1, 2, 3]) {
        parts.push(...rollingParts(fusion, until, { unit, strips, ...every })!);
      }
    }
    parts.push(...patchParts(fusion, until, { mostTiles: 3, ...every }));
  }
  return Array.from({ length: count }, () => {
    const path: Part[] = [];
    for (let at = 0; at < steps; at = path[path.length - 1].until) {
      const all = parts.filter(({ from }) => from === at);
      const segments = all.filter(({ form }) => form !== null);
      const choice = segments.length > 0 && draw(5) > 0 ? segments : all;
      path.push(choice[draw(choice.length)]);
    }
    const problem = fusedProblem(fusion, path);
    const placement = placed(problem.problem, planSettings({ timeLimitMs: 100, ...asked }));
    const findings = { order, fusion, settings, parts: path, built: problem, placement };
    const needBytes = Math.max(0, ...path.map((part) => part.needBytes));
    return { plan: finishPlan(writePlan(graph, findings), model, {}), needBytes };
  });
}
