import { measuringNames } from "../../measure/measure_options.ts";
import { checkOptions } from "../../check_arguments.ts";
import { createPool } from "../../codegen/thread_pool.ts";
import { turn } from "../../host.ts";
import type { MeasureOptions } from "../../measure/measure_options.ts";
import { type ColumnKind, tableMetadata } from "../../measure/table_rows.ts";
import { type TimingRow, timingRows } from "../../measure/timing_row.ts";
import type { Timed } from "../../measure/timed_nest.ts";
import type { Model } from "../../model/model.ts";
import type { Table } from "../../npm/arrow.ts";
import type { Plan } from "../../plan/plan.ts";
import { createEngine } from "../create_engine.ts";
import type { Engine } from "../engine.ts";
import { EngineError } from "../engine_error.ts";
import { runReference } from "../reference/run_reference.ts";
import { randomFrame } from "./random_frame.ts";
import { timedEngine } from "./verify_engine.ts";

/**
 * How to time models: how to measure, and on how many threads.
 *
 * @category Engine
 */
export interface BenchModelsOptions extends Omit<MeasureOptions, "baseline" | "peakGmacPerS"> {
  /** Threads of every engine, default 1. */
  readonly threads?: number;
  /** Plans to run models in, by name; the others run in the engine's own. */
  readonly plans?: Readonly<Record<string, Plan>>;
}

/**
 * One row of a bench: one model.
 *
 * @category Engine
 */
export interface BenchModelsRow {
  /** The name given. */
  readonly model: string;
  /** The element type of its first input. */
  readonly dtype: string;
  /** Threads that share the work. */
  readonly threads: number;
  /** `createEngine` for the first time in this process. */
  readonly coldCreateNs: number;
  /** `createEngine` again, the quickest of three. */
  readonly createNs: number;
  /** The least disturbed run: inputs in, outputs out. */
  readonly minNs: number;
  /** What a run took under the load there was. */
  readonly medianNs: number;
  /** Samples taken. */
  readonly samples: number;
  /** Multiply-accumulates of a run. */
  readonly macs: number;
  /** 10^9 multiply-accumulates a second, from the minimum. */
  readonly gmacPerS: number;
  /** The arena: `plan.peakBytes`. */
  readonly arenaBytes: number;
  /** Packed weights and tables. */
  readonly constantBytes: number;
  /** The WebAssembly module. */
  readonly wasmBytes: number;
}

/** The columns and how they are stored. */
export const benchModelsColumns: Readonly<Record<keyof BenchModelsRow, ColumnKind>> = {
  model: "name",
  dtype: "name",
  threads: "int32",
  coldCreateNs: "float64",
  createNs: "float64",
  minNs: "float64",
  medianNs: "float64",
  samples: "int32",
  macs: "float64",
  gmacPerS: "float64",
  arenaBytes: "float64",
  constantBytes: "float64",
  wasmBytes: "float64",
};

const warmCreations = 3;

/**
 * Times whole models against each other in interleaved rounds (`measure`): one row a model
 * (`BenchModelsRow`). Every engine's outputs are first compared to the reference interpreter's, which
 * the budget leaves out: integers must be the same, float32 within 1e-5 of the outputs' range.
 *
 * @throws {EngineError} for a model with an operator that is not supported.
 * @throws {Error} if an engine's outputs are wrong; nothing is timed then.
 * @throws {TypeError} if there are no models.
 * @throws {DOMException} named `AbortError`, if the signal fires before anything is timed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { benchModels, zoo } from "tinyloom";
 *
 * const table = await benchModels({ ad: zoo("mlperf-tiny-ad") }, { budgetMs: 50, settleMs: 0 });
 * assert.equal(table.get(0)?.macs, 264_192);
 * ```
 *
 * @category Engine
 */
export async function benchModels(
  models: Readonly<Record<string, Model>>,
  options: BenchModelsOptions = {},
): Promise<Table> {
  checkOptions("benchModels", options, "threads plans", measuringNames);
  const { threads = 1, plans = {}, ...measuring } = options;
  using pool = threads > 1 ? createPool(threads) : undefined;
  const contenders = Object.entries(models).map(([name, model]) => ({
    name,
    model,
    create: () => createEngine(model, { threads, pool, plan: plans[name], signal: options.signal }),
  }));
  const { rows, metadata } = await benchEngines(contenders, measuring);
  const { tableFromRows } = await import("../../measure/table_from_rows.ts");
  return tableFromRows(rows, { columns: benchModelsColumns, metadata: { ...metadata, threads } });
}

/** An engine that can be made again. */
export interface Contender {
  /** Its own. */
  readonly name: string;
  readonly model: Model;
  readonly create: () => Engine | Promise<Engine>;
}

/** Times engines as {@link benchModels} does: a row for each, `model` its name, and the circumstances. */
export async function benchEngines(
  contenders: readonly Contender[],
  options: Omit<BenchModelsOptions, "threads" | "plans">,
  { afterwards = () => {} }: {
    /** Is given what was timed of each, as long as it can run. */
    readonly afterwards?: (timed: Timed, row: TimingRow) => void;
  } = {},
): Promise<{
  readonly rows: readonly BenchModelsRow[];
  readonly metadata: Readonly<Record<string, unknown>>;
}> {
  using engines = new DisposableStack();
  const created = [];
  const { signal, budgetMs = 0 } = options;
  for (const { name, model, create } of contenders) {
    const { engine, ns: coldCreateNs } = await timedCreate(name, create);
    engines.use(engine);
    let createNs = Infinity;
    for (let i = 0; i < warmCreations; i++) {
      await turn(signal);
      const again = await timedCreate(name, create);
      again.engine[Symbol.dispose]();
      createNs = Math.min(createNs, again.ns);
    }
    created.push({ name, model, engine, coldCreateNs, createNs });
  }
  // Before the budget begins: the interpreter may take longer than all runs together.
  const known = new Map<Model, Pick<Parameters<typeof timedEngine>[1], "frame" | "expected">>();
  const timed: Timed[] = [];
  for (const { name, model, engine } of created) {
    options.onProgress?.({ phase: "verify", name, done: timed.length, elapsedMs: 0, budgetMs });
    await turn(signal);
    if (!known.has(model)) {
      const frame = randomFrame(model, { seed: options.seed });
      known.set(model, { frame, expected: runReference(model, frame, { signal }).outputs });
    }
    timed.push(timedEngine(engine, { name, ...known.get(model)! }));
  }
  const { measure } = await import("../../measure/measure.ts");
  const { table } = await measure(timed, options);
  const timings = timingRows(table);
  for (const row of timings) afterwards(timed.find(({ name }) => name === row.kernel)!, row);
  const rows = created.flatMap(({ name, engine, coldCreateNs, createNs }) => {
    const timing = timings.find(({ kernel }) => kernel === name);
    return timing === undefined ? [] : [rowOf(timing, engine, { coldCreateNs, createNs })];
  });
  const { baseline: _, ...metadata } = tableMetadata(table);
  return { rows, metadata };
}

async function timedCreate(name: string, create: Contender["create"]) {
  const startMs = performance.now();
  try {
    const engine = await create();
    return { engine, ns: 1e6 * (performance.now() - startMs) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(`${name}: ${error.message}`, { cause: error });
  }
}

function rowOf(
  timing: TimingRow,
  { memory, wasm }: Engine,
  creation: { readonly coldCreateNs: number; readonly createNs: number },
): BenchModelsRow {
  const { kernel, dtype, threads, minNs, medianNs, samples, macs, gmacPerS } = timing;
  return {
    model: kernel,
    dtype,
    threads,
    ...creation,
    minNs,
    medianNs,
    samples,
    macs,
    gmacPerS,
    arenaBytes: memory.arenaBytes,
    constantBytes: memory.constantBytes,
    wasmBytes: wasm.length,
  };
}
