import type { Table } from "../../npm/arrow.ts";
import { createPool } from "../../codegen/thread_pool.ts";
import type { MeasureOptions } from "../../measure/measure_options.ts";
import { tableMetadata } from "../../measure/table_to_rows.ts";
import { type TimingRow, timingRows } from "../../measure/timing_row.ts";
import type { Model } from "../../model/model.ts";
import { createEngine } from "../create_engine.ts";
import { defaultPlan } from "../default_plan.ts";
import type { Engine } from "../engine.ts";
import { randomFrame } from "../profile/random_frame.ts";
import { timedEngine } from "../profile/timed_engine.ts";
import { runReference } from "../reference/run_reference.ts";
import { ablationColumns, type AblationRow } from "./ablation_table.ts";
import { optimizationNames } from "./optimizations.ts";

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
  const { threads = 2, ...measuring } = options;
  if (!(threads >= 2)) throw new RangeError(`threads is ${threads}, needed at least 2`);
  const frame = randomFrame(model, options);
  const { outputs: expected } = runReference(model, frame);
  using engines = new DisposableStack();
  const pool = engines.use(createPool(threads));
  const rungs = [null, ...optimizationNames].map((added, rung) => {
    const optimizations = optimizationNames.slice(0, rung);
    const plan = defaultPlan(model, { threads, optimizations });
    const shared = added === "threads" ? { threads, pool } : {};
    const engine = engines.use(createEngine(model, { plan, optimizations, ...shared }));
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
