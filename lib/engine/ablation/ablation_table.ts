import type { Table } from "../../npm/arrow.ts";
import type { ColumnKind } from "../../measure/arrow_column.ts";
import { tableToRows } from "../../measure/table_to_rows.ts";
import type { OptimizationName } from "./optimizations.ts";

/**
 * One row of an ablation: one rung of the ladder.
 *
 * @category Engine
 */
export interface AblationRow {
  /** 0 without any optimization. */
  readonly rung: number;
  /** The optimization added. */
  readonly optimization: OptimizationName | "none";
  /** All that are on: names as a JSON array. */
  readonly optimizations: string;
  /** Threads that share the work. */
  readonly threads: number;
  /** The least disturbed run: inputs in, outputs out. */
  readonly minNs: number;
  /** What a run took under the load there was. */
  readonly medianNs: number;
  /** Samples taken. */
  readonly samples: number;
  /** Multiply-accumulates of a run. */
  readonly macs: number;
  /** 10^6 multiply-accumulates a second, from the minimum. */
  readonly mmacPerS: number;
  /** Times as fast as the rung before, by minima; 1 on the first. */
  readonly speedupStep: number;
  /** Times as fast as without any optimization, by minima. */
  readonly speedup: number | null;
  /** Lower end of its 95 % interval; null after a single sample. */
  readonly speedupLow: number | null;
  /** Upper end of its 95 % interval; null after a single sample. */
  readonly speedupHigh: number | null;
  /** The arena: `plan.peakBytes`. */
  readonly arenaBytes: number;
  /** Sums and columns outside of the arena. */
  readonly workspaceBytes: number;
  /** Weights, tables and blocks of numbers. */
  readonly constantBytes: number;
  /** The WebAssembly module. */
  readonly codeBytes: number;
}

/** The columns and how they are stored. */
export const ablationColumns: Readonly<Record<keyof AblationRow, ColumnKind>> = {
  rung: "int32",
  optimization: "name",
  optimizations: "text",
  threads: "int32",
  minNs: "float64",
  medianNs: "float64",
  samples: "int32",
  macs: "float64",
  mmacPerS: "float64",
  speedupStep: "float64",
  speedup: "float64",
  speedupLow: "float64",
  speedupHigh: "float64",
  arenaBytes: "float64",
  workspaceBytes: "float64",
  constantBytes: "float64",
  codeBytes: "float64",
};

/**
 * The columns worth reading on a terminal, in reading order.
 *
 * @category Engine
 */
export const briefAblationColumns: readonly (keyof AblationRow)[] = [
  "optimization",
  "threads",
  "minNs",
  "medianNs",
  "mmacPerS",
  "speedupStep",
  "speedup",
  "arenaBytes",
  "workspaceBytes",
  "constantBytes",
  "codeBytes",
];

/**
 * The rows of an ablation.
 *
 * @throws {TypeError} if the table lacks a column of an ablation.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ablate, ablationRows, zoo } from "tinyloom";
 *
 * const rows = ablationRows(await ablate(zoo("mlperf-tiny-ad"), { budgetMs: 100, settleMs: 0 }));
 * assert.equal(rows.at(-1)?.threads, 2);
 * ```
 *
 * @category Engine
 */
export function ablationRows(table: Table): readonly AblationRow[] {
  const missing = Object.keys(ablationColumns).filter((name) => table.getChild(name) === null);
  if (missing.length > 0) {
    throw new TypeError(`Not an ablation: it lacks the columns ${missing.join(", ")}`);
  }
  return tableToRows(table) as unknown as readonly AblationRow[];
}
