import { tableFromRows } from "../measure/table_from_rows.ts";
import type { Table } from "../npm/arrow.ts";
import type { Plan } from "./plan.ts";
import type { LadderRung } from "./plan_ladder.ts";
import type { PlanSegment } from "./segment.ts";
import { segmentForm } from "./segment.ts";

/**
 * The ladder as a table: technique, peak, lower bound, the peak as a share of that on the ground, the
 * operator at the peak.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ladderTable, planLadder, zoo } from "tinyloom";
 *
 * const table = ladderTable(planLadder(zoo("mlperf-tiny-ad")));
 * assert.equal(table.get(0)?.technique, "none (TensorFlow Lite Micro)");
 * ```
 *
 * @category Planner
 */
export function ladderTable(ladder: readonly LadderRung[]): Table {
  const rows = ladder.map(({ technique, plan }) => ({
    technique: technique ?? "none (TensorFlow Lite Micro)",
    peakBytes: plan.peakBytes,
    lowerBoundBytes: plan.lowerBoundBytes,
    optimal: plan.optimal,
    groundShare: plan.peakBytes / Math.max(1, ladder[0].plan.peakBytes),
    peakOperator: plan.peak === null ? null : `${plan.peak.operator} ${plan.peak.name}`,
  }));
  return tableFromRows(rows, {
    columns: {
      technique: "name",
      peakBytes: "float64",
      lowerBoundBytes: "float64",
      optimal: "boolean",
      groundShare: "float64",
      peakOperator: "text",
    },
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
 *
 * @category Planner
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
