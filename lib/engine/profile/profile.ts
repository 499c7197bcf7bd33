import { watched } from "../../host.ts";
import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { environment, type EnvironmentOptions } from "../../measure/environment.ts";
import type { MeasureProgress } from "../../measure/measure_options.ts";
import { spread } from "../../measure/statistics.ts";
import type { ConstantArray } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { sizeBytes } from "../../model/shape.ts";
import type { Table } from "../../npm/arrow.ts";
import type { Plan, PlanStep } from "../../plan/plan.ts";
import type { Engine, EngineLayer } from "../engine.ts";
import { layerMacs } from "../layer_macs.ts";
import { compiledOf } from "../runtime.ts";
import { resetState } from "../run.ts";
import { profileColumns, type ProfileRow, type ProfileTotals } from "./profile_table.ts";
import { randomFrame } from "./random_frame.ts";
import { type LayerTimes, timeLayers } from "./time_layers.ts";

/**
 * How to profile; everything has a default.
 *
 * @category Engine
 */
export interface ProfileOptions {
  /** What the runs are given; default `randomFrame(engine.model, { seed })`. */
  readonly inputs?: readonly ConstantArray[];
  /** Fixes inputs and order; a 32-bit integer, default 1. */
  readonly seed?: number;
  /** Most samples, default 200. */
  readonly runs?: number;
  /** Time for everything, default 3000 ms; three samples are taken whatever that takes. */
  readonly budgetMs?: number;
  /** Facts for the record that the caller knows better. */
  readonly environment?: EnvironmentOptions;
  /** Called before each step; not throttled. */
  readonly onProgress?: (progress: MeasureProgress) => void;
  /** Ends the profile early; what was measured until then is returned. */
  readonly signal?: AbortSignal;
}

/** The version of the profile's columns and metadata. */
const schemaVersion = 1;

/**
 * Times every layer of an engine: one row a layer (`ProfileRow`), the whole run under `totals` in the
 * metadata (`profileTotals`), beside the circumstances.
 *
 * The model is compiled once more, into code that reads the clock after each layer; so every layer is
 * timed in its place, with caches and data as in any run. Runs of this code and runs as they are take
 * turns; what reading the clock takes is taken off. V8's optimised code is in before the first
 * sample. With several threads a layer's time ends when the last one is done. State is reset.
 *
 * @throws {TypeError} for a checked engine, whose times say nothing, or inputs of a wrong type.
 * @throws {RangeError} if an option is out of range.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, profile, profileTotals, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * const table = await profile(engine, { budgetMs: 20 });
 * assert.equal(table.numRows, engine.layers.length);
 * assert.equal(profileTotals(table).macs, 264_192);
 * ```
 *
 * @category Engine
 */
export async function profile(engine: Engine, options: ProfileOptions = {}): Promise<Table> {
  checkOptions("profile", options, "inputs seed runs budgetMs environment onProgress signal");
  checkArguments("profile", { engine });
  const { budgetMs: total = DEFAULT_BUDGET_MS } = options;
  const state = ({ phase, elapsedMs }: MeasureProgress) => [elapsedMs, phase] as const;
  return await watched(
    options,
    { label: "profile", total, unit: "ms", state },
    (each) => profileAll(engine, each),
  );
}

const DEFAULT_BUDGET_MS = 3000;

async function profileAll(engine: Engine, options: ProfileOptions): Promise<Table> {
  const { seed = 1, runs = 200, budgetMs = DEFAULT_BUDGET_MS, signal, onProgress } = options;
  checkFigures(engine, { seed, runs, budgetMs });
  const startedUtc = new Date().toISOString();
  const startMs = performance.now();
  const { load: loadBefore, ...circumstances } = environment(options.environment);
  const times = await timeLayers(engine, {
    inputs: options.inputs ?? randomFrame(engine.model, { seed }),
    seed,
    runs,
    budgetMs,
    signal,
    onPhase: (phase, done) => {
      const elapsedMs = performance.now() - startMs;
      onProgress?.({ phase, name: engine.plan.model, done, elapsedMs, budgetMs });
    },
  });
  resetState(engine);
  const rows = profileRowsOf(compiledOf(engine), times);
  const { tableFromRows } = await import("../../measure/table_from_rows.ts");
  return tableFromRows(rows, {
    columns: profileColumns,
    metadata: {
      schemaVersion,
      totals: totalsOf(engine, times, rows),
      seed,
      runs,
      budgetMs,
      startedUtc,
      ...circumstances,
      loadBefore,
      loadAfter: environment({ gitCommit: null }).load,
    },
  });
}

function checkFigures(
  { checked }: Engine,
  { seed, runs, budgetMs }: Required<Pick<ProfileOptions, "seed" | "runs" | "budgetMs">>,
): void {
  if (checked) throw new TypeError("the engine checks every access, needed one without checks");
  if (seed !== (seed | 0)) throw new RangeError(`seed is ${seed}, needs a 32-bit integer`);
  if (!Number.isInteger(runs) || runs < 1) {
    throw new RangeError(`runs is ${runs}, needs an integer of at least 1`);
  }
  if (!(budgetMs > 0)) throw new RangeError(`budgetMs is ${budgetMs}, needs a number above 0`);
}

function profileRowsOf(engine: Engine, { samples }: LayerTimes): readonly ProfileRow[] {
  const { model, plan, layers, threads } = engine;
  const spreads = layers.map((_, index) => spread(samples.map(({ layersNs }) => layersNs[index])));
  const sumNs = sumOf(spreads, ({ minNs }) => minNs);
  return layers.map((layer, index) => {
    const { name, kernel, schedule, isParallel } = layer;
    const step = plan.steps[layer.steps[1] - 1];
    const output = model.tensors[step.outputs[0]];
    const { minNs, medianNs } = spreads[index];
    const { macs, macFactor } = layerMacs(engine, layer);
    const moved = movedBytes(model, touchedBy(plan, layer));
    return {
      index,
      operator: name,
      name: output.name,
      shape: output.shape.join("x"),
      dtype: output.dtype,
      kernel,
      schedule: JSON.stringify(schedule),
      form: step.form,
      threads: isParallel ? threads : 1,
      minNs,
      medianNs,
      timeShare: sumNs > 0 ? minNs / sumNs : 0,
      macs,
      macFactor,
      gmacPerS: macs > 0 && minNs > 0 ? macs / minNs : null,
      movedBytes: moved,
      macsPerByte: moved > 0 ? macs / moved : 0,
    };
  });
}

function totalsOf(
  { plan, threads, memory }: Engine,
  { samples, batch, markNs }: LayerTimes,
  rows: readonly ProfileRow[],
): ProfileTotals {
  const run = spread(samples.map(({ runNs }) => runNs));
  const sumsNs = samples.map(({ layersNs }) => sumOf(layersNs, (ns) => ns));
  const together = spread(sumsNs);
  // Side by side in each sample: what else the machine does then slows both.
  const shares = samples.map(({ runNs }, i) => sumsNs[i] / Math.max(1, runNs));
  const macs = sumOf(rows, (row) => row.macs);
  return {
    model: plan.model,
    threads,
    layers: rows.length,
    samples: samples.length,
    batch,
    clockNs: markNs,
    callNs: spread(samples.map((sample) => sample.callNs)).medianNs,
    layersMinNs: together.minNs,
    layersMedianNs: together.medianNs,
    runMinNs: run.minNs,
    runMedianNs: run.medianNs,
    explainedShare: spread(shares).medianNs,
    macs,
    macFactor: plan.macFactor,
    gmacPerS: macs / Math.max(1, run.minNs),
    movedBytes: sumOf(rows, (row) => row.movedBytes),
    arenaBytes: memory.arenaBytes,
    constantBytes: memory.constantBytes,
  };
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

/** Tensors that are read and written. */
export type Touched = Pick<PlanStep, "inputs" | "outputs">;

/**
 * What must be moved at least: each tensor that is read, constants included, and each that is
 * written, once; state is read and written.
 */
export function movedBytes({ tensors }: Model, { inputs, outputs }: Touched): number {
  const read = [...new Set(inputs)].filter((index) => index !== -1);
  const state = read.filter((index) => tensors[index].isVariable);
  return [...read, ...state, ...new Set(outputs)]
    .reduce((sum, index) => sum + sizeBytes(tensors[index]), 0);
}

/** What a layer reads and writes in memory; a segment's rings hold what is not moved. */
function touchedBy(
  { steps, segments }: Plan,
  { steps: [from, until], segment }: EngineLayer,
): Touched {
  const rings = segment === null ? [] : segments[segment].rings;
  const isMoved = (index: number) => rings.every(({ tensor }) => tensor !== index);
  const own = steps.slice(from, until);
  return {
    inputs: own.flatMap(({ inputs }) => inputs).filter(isMoved),
    outputs: own.flatMap(({ outputs }) => outputs).filter(isMoved),
  };
}
