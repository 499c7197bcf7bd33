import { measuringNames } from "../../measure/measure_options.ts";
import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { createPool } from "../../codegen/thread_pool.ts";
import type { MeasureOptions } from "../../measure/measure_options.ts";
import { type ColumnKind, tableMetadata, tableToRows } from "../../measure/table_rows.ts";
import { type TimingRow, timingRows } from "../../measure/timing_row.ts";
import type { Model } from "../../model/model.ts";
import type { Table } from "../../npm/arrow.ts";
import { createEngine } from "../create_engine.ts";
import { defaultPlan } from "../default_plan.ts";
import type { Engine } from "../engine.ts";
import { randomFrame } from "../profile/random_frame.ts";
import { timedEngine } from "../profile/verify_engine.ts";
import { runReference } from "../reference/run_reference.ts";
import { type OptimizationName, optimizationNames } from "./tinyengine_techniques.ts";

/**
 * How to measure the ladder.
 *
 * @category Engine
 */
export interface AblateOptions extends Omit<MeasureOptions, "baseline" | "peakGmacPerS"> {
  /** Threads on the last rung; default 2. */
  readonly threads?: number;
}

/**
 * What each optimization is worth on a model: runs it without any, then with one more of them at a
 * time in the order of `optimizations`, and times these rungs against each other in interleaved rounds
 * (`measure`). One row a rung (`AblationRow`).
 *
 * All rungs run in plans of the same techniques, those that threads can share, but for PAD operators,
 * which operator fusion does away with. Every rung's outputs are first compared to the reference
 * interpreter's: integers must be the same.
 *
 * @throws {EngineError} for a model with an operator that is not supported.
 * @throws {Error} if outputs are wrong; nothing is timed then.
 * @throws {RangeError} if an option is out of range, or fewer than 2 threads are asked for.
 * @throws {DOMException} named `AbortError`, if the signal fires before anything is timed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ablate, zoo } from "tinyloom";
 *
 * const table = await ablate(zoo("mlperf-tiny-ad"), { budgetMs: 100, settleMs: 0 });
 * assert.equal(table.get(0)?.optimization, "none");
 * assert.equal(table.get(7)?.optimization, "threads");
 * ```
 *
 * @category Engine
 */
export async function ablate(model: Model, options: AblateOptions = {}): Promise<Table> {
  checkOptions("ablate", options, "threads", measuringNames);
  checkArguments("ablate", { model });
  const { threads = 2, ...measuring } = options;
  if (!(threads >= 2)) throw new RangeError(`threads is ${threads}, needed at least 2`);
  const frame = randomFrame(model, { seed: options.seed });
  const { signal } = options;
  const { outputs: expected } = runReference(model, frame, { signal });
  using engines = new DisposableStack();
  const pool = engines.use(createPool(threads));
  const rungs = [null, ...optimizationNames].map((added, rung) => {
    const optimizations = optimizationNames.slice(0, rung);
    signal?.throwIfAborted();
    const plan = defaultPlan(model, { threads, optimizations });
    const shared = added === "threads" ? { threads, pool } : {};
    const engine = engines.use(createEngine(model, { plan, optimizations, signal, ...shared }));
    return { name: added ?? "none", engine };
  });
  const { measure } = await import("../../measure/measure.ts");
  const { tableFromRows } = await import("../../measure/table_from_rows.ts");
  const { table } = await measure(
    rungs.map(({ name, engine }) => timedEngine(engine, { name, frame, expected })),
    measuring,
  );
  const timings = timingRows(table);
  const measured = rungs.flatMap(({ name, engine }, rung) => {
    const timing = timings.find(({ kernel }) => kernel === name);
    return timing === undefined ? [] : [{ rung, engine, timing }];
  });
  const rows = measured.map((each, i) => rowOf(each, measured[i - 1]?.timing ?? each.timing));
  const metadata = { ...tableMetadata(table), model: model.name };
  return tableFromRows(rows, { columns: ablationColumns, metadata });
}

function rowOf(
  { rung, engine: { memory, wasm }, timing }: {
    readonly rung: number;
    readonly engine: Engine;
    readonly timing: TimingRow;
  },
  before: TimingRow,
): AblationRow {
  const { kernel, threads, minNs, medianNs, samples, macs, gmacPerS } = timing;
  const { speedup, speedupLow, speedupHigh } = timing;
  return {
    rung,
    optimization: kernel as AblationRow["optimization"],
    optimizations: JSON.stringify(optimizationNames.slice(0, rung)),
    threads,
    minNs,
    medianNs,
    samples,
    macs,
    mmacPerS: 1000 * gmacPerS,
    speedupStep: before.minNs / minNs,
    speedup,
    speedupLow,
    speedupHigh,
    arenaBytes: memory.arenaBytes,
    workspaceBytes: memory.workspaceBytes,
    constantBytes: memory.constantBytes,
    codeBytes: wasm.length,
  };
}

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
const ablationColumns: Readonly<Record<keyof AblationRow, ColumnKind>> = {
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
  checkArguments("ablationRows", { table });
  const missing = Object.keys(ablationColumns).filter((name) => table.getChild(name) === null);
  if (missing.length > 0) {
    throw new TypeError(`Not an ablation: it lacks the columns ${missing.join(", ")}`);
  }
  return tableToRows(table) as unknown as readonly AblationRow[];
}
