import { checkArguments } from "../../check_arguments.ts";
import { type ColumnKind, tableMetadata, tableToRows } from "../../measure/table_rows.ts";
import type { Table } from "../../npm/arrow.ts";
import type { StepForm } from "../../plan/plan.ts";

/**
 * One row of a profile: one layer of an engine.
 *
 * @category Engine
 */
export interface ProfileRow {
  /** Place among the engine's layers. */
  readonly index: number;
  /** TFLite's name of the operator; `SEGMENT` for several that run together. */
  readonly operator: string;
  /** The name of its (first) output; of a segment its last operator's. */
  readonly name: string;
  /** The shape of that output, e.g. `"1x48x48x8"`. */
  readonly shape: string;
  /** The element type of that output. */
  readonly dtype: string;
  /** Which kernel runs. */
  readonly kernel: string;
  /** How its loops run: remarks as a JSON array. */
  readonly schedule: string;
  /** How it uses the arena. */
  readonly form: StepForm;
  /** Threads that share its work. */
  readonly threads: number;
  /** The least disturbed sample. */
  readonly minNs: number;
  /** What it took under the load there was. */
  readonly medianNs: number;
  /** Its part of the layers' time, by minima, 0 to 1. */
  readonly timeShare: number;
  /** Multiply-accumulates, those that a segment does again included. */
  readonly macs: number;
  /** The same over what its operators need if nothing is done again. */
  readonly macFactor: number;
  /** 10^9 multiply-accumulates a second, from the minimum; null without any. */
  readonly gmacPerS: number | null;
  /** What must be moved at least: inputs, outputs, weights and other constants. */
  readonly movedBytes: number;
  /** Arithmetic intensity: multiply-accumulates for each byte moved. */
  readonly macsPerByte: number;
}

/**
 * What a profile says of the whole run; times in ns.
 *
 * @category Engine
 */
export interface ProfileTotals {
  /** The model's name. */
  readonly model: string;
  /** The engine's threads. */
  readonly threads: number;
  /** Number of layers. */
  readonly layers: number;
  /** Samples taken. */
  readonly samples: number;
  /** Runs that a sample averages over. */
  readonly batch: number;
  /** What reading the clock once takes: already taken off every time. */
  readonly clockNs: number;
  /** What starting and ending a run takes, the median: with several threads, fork and join. */
  readonly callNs: number;
  /** All layers together in the least disturbed sample. */
  readonly layersMinNs: number;
  /** All layers together in the median sample. */
  readonly layersMedianNs: number;
  /** Minimum of runs as they are, measured in turn with the layers. */
  readonly runMinNs: number;
  /** Median of such runs. */
  readonly runMedianNs: number;
  /**
   * Time of all layers over that of a run, the median over the samples, which hold both side by
   * side: 1 means that nothing but the layers takes time.
   */
  readonly explainedShare: number;
  /** Multiply-accumulates of a run, those done again included. */
  readonly macs: number;
  /** The same over the model's. */
  readonly macFactor: number;
  /** 10^9 multiply-accumulates a second of a whole run, from its minimum. */
  readonly gmacPerS: number;
  /** Bytes moved by all layers. */
  readonly movedBytes: number;
  /** The arena. */
  readonly arenaBytes: number;
  /** Packed weights and tables. */
  readonly constantBytes: number;
}

/**
 * The profile's columns and how they are stored.
 *
 * @category Engine
 */
export const profileColumns: Readonly<Record<keyof ProfileRow, ColumnKind>> = {
  index: "int32",
  operator: "name",
  name: "text",
  shape: "name",
  dtype: "name",
  kernel: "name",
  schedule: "name",
  form: "name",
  threads: "int32",
  minNs: "float64",
  medianNs: "float64",
  timeShare: "float64",
  macs: "float64",
  macFactor: "float64",
  gmacPerS: "float64",
  movedBytes: "float64",
  macsPerByte: "float64",
};

/**
 * The columns worth reading on a terminal, in reading order.
 *
 * @category Engine
 */
export const briefProfileColumns: readonly (keyof ProfileRow)[] = [
  "index",
  "operator",
  "shape",
  "kernel",
  "form",
  "threads",
  "minNs",
  "medianNs",
  "timeShare",
  "macs",
  "gmacPerS",
  "movedBytes",
  "macsPerByte",
];

/**
 * The rows of a profile.
 *
 * @throws {TypeError} if the table lacks a column of a profile.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, profile, profileRows, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * const rows = profileRows(await profile(engine, { budgetMs: 20 }));
 * assert.equal(rows[0].macs, 640 * 128);
 * ```
 *
 * @category Engine
 */
export function profileRows(table: Table): readonly ProfileRow[] {
  checkArguments("profileRows", { table });
  const missing = Object.keys(profileColumns).filter((name) => table.getChild(name) === null);
  if (missing.length > 0) {
    throw new TypeError(`Not a profile: it lacks the columns ${missing.join(", ")}`);
  }
  return tableToRows(table) as unknown as readonly ProfileRow[];
}

/**
 * What a profile says of the whole run, from the table's metadata.
 *
 * @throws {TypeError} if the table is no profile.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, profile, profileTotals, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * const totals = profileTotals(await profile(engine, { budgetMs: 20 }));
 * assert.equal(totals.layers, engine.layers.length);
 * ```
 *
 * @category Engine
 */
export function profileTotals(table: Table): ProfileTotals {
  checkArguments("profileTotals", { table });
  const { totals } = tableMetadata(table) as { readonly totals?: ProfileTotals };
  if (totals === undefined) throw new TypeError("Not a profile: its metadata has no totals");
  return totals;
}
