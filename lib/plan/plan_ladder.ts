import type { Table } from "../npm/arrow.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "./plan.ts";
import { planMemory } from "./plan_memory.ts";
import type { PlanOptions } from "./plan_options.ts";
import { type TechniqueName, techniqueNames } from "./techniques.ts";

/** A rung of the ladder: what was added, and the plan with it and everything below. */
export interface LadderRung {
  /** The technique added; null on the ground, where TensorFlow Lite Micro stands. */
  readonly technique: TechniqueName | null;
  /** The plan. */
  readonly plan: Plan;
}

/**
 * A plan for no technique, then for each one added to those before it, in the order of the ladder:
 * what each is worth on this model. Options hold for every rung; techniques not asked for are left
 * out of the ladder.
 *
 * @throws {RangeError} for an unknown technique or a number out of range.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planLadder, zoo } from "tinyloom";
 *
 * const ladder = planLadder(zoo("mlperf-tiny-kws"));
 * assert.equal(ladder[0].plan.peakBytes, 16_000);
 * assert.ok(ladder.at(-1)!.plan.peakBytes < 8_100);
 * ```
 */
export function planLadder(model: Model, options: PlanOptions = {}): readonly LadderRung[] {
  const climbed = techniqueNames.filter((name) =>
    (options.techniques ?? techniqueNames).includes(name)
  );
  return [null, ...climbed].map((technique, rung) => ({
    technique,
    plan: planMemory(model, { ...options, techniques: climbed.slice(0, rung) }),
  }));
}

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
