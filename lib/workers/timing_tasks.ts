import type { BenchModelsOptions } from "../engine/profile/bench_models.ts";
import { bench } from "../measure/bench.ts";
import { environment, machineName } from "../measure/environment.ts";
import type { MeasureProgress } from "../measure/measure_options.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import type { Model } from "../model/model.ts";
import { plainNest } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import { type Table, tableFromIPC, tableToIPC } from "../npm/arrow.ts";
import type { Workers, WorkTask } from "../tinynas/workers.ts";
import { tune, type Tuned } from "../tune/tune.ts";
import type { TuneOptions, TuneProgress } from "../tune/tune_options.ts";

/** What a timing is told of, and ended by. */
interface Hooks<Progress> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A search for a schedule, and then a comparison of what it found with the plain loops. */
export interface TuneTask extends WorkTask {
  readonly kind: "tune";
  readonly nest: Nest;
  readonly options:
    & Pick<TuneOptions, "seed" | "budgetMs" | "evaluations" | "threads" | "fma" | "cacheFile">
    & {
      /** Time for the comparison. */
      readonly gainMs: number;
    };
}

/** What was found, and what it gains; null where nothing was found or the search was ended. */
export type TunedWithGain =
  & Pick<Tuned, "best" | "steps" | "table" | "ended" | "notes">
  & { readonly measurement: { readonly table: Table } | null; readonly gain: Table | null };

/** Tunes and compares in this process. */
export async function tuneWithGain(
  { nest, options: { gainMs, ...options } }: TuneTask,
  hooks: Hooks<TuneProgress | MeasureProgress> = {},
): Promise<TunedWithGain> {
  const tuned = await tune(nest, { ...options, ...hooks });
  if (hooks.signal?.aborted || tuned.steps.length === 0) return { ...tuned, gain: null };
  const { seed, threads, fma } = options;
  const nests = { naive: plainNest(nest), best: tuned.best };
  const gain = await bench(nests, { seed, threads, fma, budgetMs: gainMs, ...hooks });
  return { ...tuned, gain: gain.table };
}

/** The same as an answer: tables are bytes, and their rows say on which machine they were measured. */
export async function tuneHere(task: TuneTask) {
  const { best, steps, ended, notes, table, measurement, gain } = await tuneWithGain(task);
  return {
    ...{ best, steps, ended, notes },
    table: bytesOf(table),
    measurement: measurement && bytesOf(withMachine(measurement.table)),
    gain: gain && bytesOf(withMachine(gain)),
  };
}

/** Tunes on whichever machine has time. */
export async function tuneThere(
  task: TuneTask,
  { workers, signal }: { readonly workers: Workers; readonly signal: AbortSignal },
): Promise<TunedWithGain> {
  const [{ table, measurement, gain, ...found }] = await workers.run<
    Awaited<ReturnType<typeof tuneHere>>
  >([{ ...task, measures: true }], { signal });
  return {
    ...found,
    table: tableFromIPC(table),
    measurement: measurement && { table: tableFromIPC(measurement) },
    gain: gain && tableFromIPC(gain),
  };
}

/** Models timed against each other. */
export interface BenchTask extends WorkTask {
  readonly kind: "bench";
  readonly models: Readonly<Record<string, Model>>;
  readonly options: Pick<BenchModelsOptions, "threads" | "plans" | "seed" | "runs" | "budgetMs">;
}

/** Times models in this process, and tells the machine. */
export async function benchHere({ models, options }: BenchTask): Promise<Uint8Array> {
  const { benchModels } = await import("../engine/profile/bench_models.ts");
  return bytesOf(withMachine(await benchModels(models, options)));
}

/** Times models on whichever machine has time: all on the same, or they could not be compared. */
export async function benchThere(
  task: BenchTask,
  { workers, signal }: { readonly workers: Workers; readonly signal: AbortSignal },
): Promise<Table> {
  const [table] = await workers.run<Uint8Array>([{ ...task, measures: true }], { signal });
  return tableFromIPC(table);
}

/** A table whose rows tell the machine that they were measured on: times of another cannot be compared. */
function withMachine(table: Table): Table {
  const about = {
    machine: machineName(),
    environment: JSON.stringify(environment({ gitCommit: null })),
  };
  return table.assign(tableFromRows(Array.from({ length: table.numRows }, () => about)));
}

function bytesOf(table: Table): Uint8Array {
  return tableToIPC(table, "file");
}
