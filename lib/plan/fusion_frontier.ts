import type { Table } from "../npm/arrow.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import type { Model } from "../model/model.ts";
import { finishPlan } from "./finish_plan.ts";
import { isWithin, searchSegments, tradeOffs, writePath } from "./fuse/plan_fused.ts";
import { planGraph } from "./graph/plan_graph.ts";
import type { Plan } from "./plan.ts";
import { orders, planMemory } from "./plan_memory.ts";
import { type PlanOptions, planSettings } from "./plan_options.ts";
import type { PlanSegment } from "./segment.ts";

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
 */
export function fusionFrontier(model: Model, options: PlanOptions = {}): readonly Plan[] {
  const { fusion = "best", macBudget = Infinity, memoryBudget: _, ...rest } = options;
  if (fusion === "none") return [planMemory(model, { ...rest, fusion })];
  const settings = planSettings({ ...rest, fusion, macBudget });
  const graph = planGraph(model, settings.uses, settings.input);
  const plans = orders(graph, settings).flatMap((order) => {
    const search = searchSegments(graph, order, settings);
    const paths = [...tradeOffs(search)].filter((path) => isWithin(search.fusion, path, macBudget));
    return paths.map((path) => finishPlan(writePath(search, path), model, options));
  });
  plans.sort((a, b) => a.macFactor - b.macFactor || a.peakBytes - b.peakBytes);
  let least = Infinity;
  return plans.filter(({ peakBytes }) => {
    if (peakBytes >= least) return false;
    least = peakBytes;
    return true;
  });
}

/**
 * Plans of a frontier as a table: memory, factor of multiply-accumulates, calls of kernels, the
 * segments and what stands in the way of less.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { frontierTable, fusionFrontier, zoo } from "tinyloom";
 *
 * const table = frontierTable(fusionFrontier(zoo("mlperf-tiny-kws")));
 * assert.equal(table.get(0)?.macFactor, 1);
 * ```
 */
export function frontierTable(frontier: readonly Plan[]): Table {
  const rows = frontier.map((plan) => ({
    peakBytes: plan.peakBytes,
    macFactor: plan.macFactor,
    lowerBoundBytes: plan.lowerBoundBytes,
    optimal: plan.optimal,
    kernelCalls: kernelCalls(plan),
    segments: plan.segments.map((segment) => segmentName(plan, segment)).join("; "),
    peakOperator: plan.peak === null ? null : `${plan.peak.operator} ${plan.peak.name}`,
    whyNotLower: plan.lowerBoundReason,
  }));
  return tableFromRows(rows, {
    columns: {
      peakBytes: "float64",
      macFactor: "float64",
      lowerBoundBytes: "float64",
      optimal: "boolean",
      kernelCalls: "int32",
      segments: "text",
      peakOperator: "text",
      whyNotLower: "text",
    },
    metadata: { model: frontier[0]?.model, input: frontier[0]?.input },
  });
}

/** Calls of kernels that a plan makes: one for each layer, and those of the segments. */
function kernelCalls({ steps, segments }: Plan): number {
  const layers = steps.filter(({ segment }) => segment === null).length;
  return segments.reduce(
    (sum, { passes }) =>
      passes.reduce(
        (all, { microSteps }) => all + microSteps.filter((step) => !("copy" in step)).length,
        sum,
      ),
    layers,
  );
}

function segmentName({ steps }: Plan, segment: PlanSegment): string {
  const { from, until } = segment;
  return `${steps[from].operator}-${steps[until - 1].operator} ${segmentForm(segment)}`;
}

/** How a segment runs, in short. */
export function segmentForm({ kind, granularity, tiles: [rows, columns] }: PlanSegment): string {
  if (kind === "patch") return `${rows} x ${columns} patches`;
  return `rolling ${granularity}s${columns === 1 ? "" : ` in ${columns} strips`}`;
}
