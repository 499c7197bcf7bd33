import { measuringNames } from "../../measure/measure_options.ts";
import { checkArguments, checkOptions, checkWhole } from "../../check_arguments.ts";
import type { ThreadPool } from "../../codegen/thread_pool.ts";
import type { MeasureOptions } from "../../measure/measure_options.ts";
import { type ColumnKind, tableMetadata } from "../../measure/table_rows.ts";
import { timingRows } from "../../measure/timing_row.ts";
import type { Model } from "../../model/model.ts";
import type { Table } from "../../npm/arrow.ts";
import type { Plan } from "../../plan/plan.ts";
import { candidateKernels, type KernelCandidate } from "./candidate_kernels.ts";
import {
  checkChoices,
  type ChosenSchedule,
  type KernelChoices,
  machineKey,
} from "./kernel_choices.ts";

/**
 * How to tune; everything has a default.
 *
 * @category Engine
 */
export interface TuneKernelsOptions extends Omit<MeasureOptions, "baseline" | "peakGmacPerS"> {
  /** The plan that the engine is going to run in; the engine's default if left out. */
  readonly plan?: Plan;
  /** Threads of the engine, 1 if left out. */
  readonly threads?: number;
  /** Threads to use, started elsewhere; as many as `threads`. */
  readonly pool?: ThreadPool;
  /** Most ways to try for a layer, those expected to be the fastest; default 6. */
  readonly most?: number;
  /** What is known from before: layers in it are not measured again, and all of it is kept. */
  readonly known?: KernelChoices;
}

/**
 * What tuning found.
 *
 * @category Engine
 */
export interface TunedKernels {
  /** For `createEngine`; plain JSON, to be kept in a file. */
  readonly choices: KernelChoices;
  /** Every way that was measured, with what the cost model expected: `TuneKernelsRow`. */
  readonly table: Table;
}

/** A way must be this much faster than the expected one to be chosen: less is noise. */
const LEAST_GAIN = 0.02;

/**
 * Measures for each kind of layer of a model which schedule of its kernel is the fastest here, in the
 * memory and the places that the plan gives it. Ways are compared to the reference's results first, then
 * timed against each other in interleaved rounds (`measure`).
 *
 * @throws {EngineError} for a model with an operator that is not supported.
 * @throws {Error} if a way computes something else; nothing is timed then.
 * @throws {RangeError} if an option is out of range.
 * @throws {TypeError} if `known` is no kernel choices.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, tuneKernels, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-ad");
 * const { choices, table } = await tuneKernels(model, { budgetMs: 100, settleMs: 0, most: 2 });
 * assert.equal(table.get(0)?.kernel, "conv int8");
 * using engine = createEngine(model, { kernels: choices });
 * ```
 *
 * @category Engine
 */
export async function tuneKernels(
  model: Model,
  options: TuneKernelsOptions = {},
): Promise<TunedKernels> {
  checkOptions("tuneKernels", options, "plan threads pool most known", measuringNames);
  checkArguments("tuneKernels", { model });
  const { plan, threads, pool, most = 6, known, ...measuring } = options;
  checkWhole({ most });
  if (known !== undefined) checkChoices(known);
  const machine = machineKey();
  const before = known?.machines[machine] ?? {};
  using built = candidateKernels(model, {
    plan,
    threads,
    pool,
    most,
    known: before,
    seed: options.seed,
    signal: options.signal,
  });
  const { candidates } = built;
  const { tableFromRows } = await import("../../measure/table_from_rows.ts");
  if (candidates.length === 0) {
    return {
      choices: merged(known, machine, before),
      table: tableFromRows([], { columns: tuneColumns }),
    };
  }
  const { measure } = await import("../../measure/measure.ts");
  const { table } = await measure(candidates.map(({ timed }) => timed), measuring);
  const times = new Map(timingRows(table).map((row) => [row.kernel, row]));
  const rows = candidates.flatMap((candidate): TuneKernelsRow[] => {
    const row = times.get(candidate.timed.name);
    if (row === undefined) return [];
    const { key, layer, kernel, steps, expected } = candidate;
    const { minNs, medianNs, gmacPerS } = row;
    const isChosen = candidate === best(candidates, key, times);
    const schedule = JSON.stringify(steps);
    return [{ layer, key, kernel, schedule, expected, minNs, medianNs, gmacPerS, isChosen }];
  });
  const found = Object.fromEntries(
    rows.filter(({ isChosen }) => isChosen).map((
      { key, kernel, schedule, minNs },
    ) => [key, { kernel, steps: JSON.parse(schedule), minNs } satisfies ChosenSchedule]),
  );
  const { schemaVersion: _, ...circumstances } = tableMetadata(table);
  return {
    choices: merged(known, machine, { ...before, ...found }),
    table: tableFromRows(rows, {
      columns: tuneColumns,
      metadata: { schemaVersion: 2, machine, ...circumstances },
    }),
  };
}

function merged(
  known: KernelChoices | undefined,
  machine: string,
  chosen: Readonly<Record<string, ChosenSchedule>>,
): KernelChoices {
  return { schemaVersion: 2, machines: { ...known?.machines, [machine]: chosen } };
}

/** The fastest of a layer's ways, if it is enough faster than the expected one; else that one. */
function best(
  candidates: readonly KernelCandidate[],
  key: string,
  times: ReadonlyMap<string, { readonly minNs: number }>,
): KernelCandidate {
  const own = candidates.filter((each) => each.key === key && times.has(each.timed.name));
  const ns = ({ timed }: KernelCandidate) => times.get(timed.name)!.minNs;
  const fastest = own.reduce((a, b) => ns(b) < ns(a) ? b : a);
  return ns(fastest) < ns(own[0]) * (1 - LEAST_GAIN) ? fastest : own[0];
}

/**
 * One schedule of a layer's kernel, measured.
 *
 * @category Engine
 */
export interface TuneKernelsRow {
  /** First layer of that kind in the plan. */
  readonly layer: number;
  /** What makes it that kind. */
  readonly key: string;
  /** The kernel. */
  readonly kernel: string;
  /** Its schedule, as JSON. */
  readonly schedule: string;
  /** Place in the order that the cost model expects, from 1. */
  readonly expected: number;
  /** The least disturbed sample. */
  readonly minNs: number;
  /** What it took under the load there was. */
  readonly medianNs: number;
  /** 10^9 multiply-accumulates a second, from the minimum. */
  readonly gmacPerS: number;
  /** Whether it is taken from now on. */
  readonly isChosen: boolean;
}

/** Columns of the table. */
const tuneColumns: Readonly<Record<keyof TuneKernelsRow, ColumnKind>> = {
  layer: "int32",
  key: "name",
  kernel: "name",
  schedule: "name",
  expected: "int32",
  minNs: "float64",
  medianNs: "float64",
  gmacPerS: "float64",
  isChosen: "boolean",
};
