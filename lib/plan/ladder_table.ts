import { tableFromRows } from "../measure/table_rows.ts";
import type { Table } from "../npm/arrow.ts";
import type { LadderRung } from "./plan_table.ts";

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
