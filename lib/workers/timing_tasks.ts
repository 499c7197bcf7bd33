import type { BenchModelsOptions } from "../engine/profile/bench_models.ts";
import { bench } from "../measure/bench.ts";
import { environment, machineName } from "../measure/environment.ts";
import type { MeasureProgress } from "../measure/measure_options.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { type ColumnKind, tableMetadata, tableToRows } from "../measure/table_rows.ts";
import type { Model } from "../model/model.ts";
import { plainNest } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import { type Table, tableFromIPC, tableToIPC } from "../npm/arrow.ts";
import type { Workers, WorkTask } from "../tinynas/workers.ts";
import { tune, type Tuned } from "../tune/tune.ts";
import type { TuneOptions, TuneProgress } from "../tune/tune_options.ts";

/** What a timing is told of, and ended by. */
export interface Hooks<Progress> {
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
      /** Time for the comparison; 0: others are to be compared with it. */
      readonly gainMs: number;
    };
}

/** What was found, and what it gains; null where nothing was found or compared. */
export type TunedWithGain =
  & Pick<Tuned, "best" | "steps" | "table" | "ended" | "notes">
  & { readonly measurement: { readonly table: Table } | null; readonly gain: Table | null };

/** Tunes and compares in this process. */
export async function tuneWithGain(
  { nest, options: { gainMs, ...options } }: TuneTask,
  hooks: Hooks<TuneProgress | MeasureProgress> = {},
): Promise<TunedWithGain> {
  const tuned = await tune(nest, { ...options, ...hooks });
  const isCompared = gainMs > 0 && tuned.steps.length > 0 && !hooks.signal?.aborted;
  const { seed, threads, fma } = options;
  const gain: GainTask = {
    kind: "gain",
    nest,
    schedules: { best: tuned.best },
    options: { seed, threads, fma, budgetMs: gainMs },
  };
  return { ...tuned, gain: isCompared ? await gainOf(gain, hooks) : null };
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

/** An answer as what it was made of. */
export function tunedThere(
  { table, measurement, gain, ...found }: Awaited<ReturnType<typeof tuneHere>>,
): TunedWithGain {
  return {
    ...found,
    table: tableFromIPC(table),
    measurement: measurement && { table: tableFromIPC(measurement) },
    gain: gain && tableFromIPC(gain),
  };
}

/** Schedules of a nest that are timed against each other and the plain loops, all on one machine. */
export interface GainTask extends WorkTask {
  readonly kind: "gain";
  readonly nest: Nest;
  readonly schedules: Readonly<Record<string, Nest>>;
  readonly options: Pick<TuneOptions, "seed" | "budgetMs" | "threads" | "fma">;
}

/** Compares in this process; the plain loops are `naive`. */
export async function gainOf(
  { nest, schedules, options }: GainTask,
  hooks: Hooks<MeasureProgress> = {},
): Promise<Table> {
  const { table } = await bench({ naive: plainNest(nest), ...schedules }, { ...options, ...hooks });
  return table;
}

/** The same as an answer. */
export async function gainHere(task: GainTask): Promise<Uint8Array> {
  return bytesOf(withMachine(await gainOf(task)));
}

/** Models timed against each other. */
export interface BenchTask extends WorkTask {
  readonly kind: "bench";
  readonly models: Readonly<Record<string, Model>>;
  readonly options: Pick<BenchModelsOptions, "threads" | "plans" | "seed" | "runs" | "budgetMs">;
}

/** Times models in this process, and tells the machine. */
export async function benchHere(
  { models, options }: BenchTask,
  hooks: Hooks<MeasureProgress> = {},
): Promise<Uint8Array> {
  const { benchModels } = await import("../engine/profile/bench_models.ts");
  return bytesOf(withMachine(await benchModels(models, { ...options, ...hooks })));
}

/** A piece of a sweep: what is timed, and what it is called. */
export interface TimedPiece {
  readonly name: string;
  readonly task: WorkTask;
}

/** Machines that do pieces, each by itself. */
export interface PiecesOptions {
  readonly machines: Workers;
  readonly signal?: AbortSignal;
  /** Called after each. */
  readonly onDone?: () => void;
}

/**
 * Has pieces of a sweep done, each by whichever machine is free. What is not done when the signal fires
 * is null; if one of them cannot be done the others are ended.
 *
 * @throws {Error} a piece failed too often; the message names it.
 */
export async function doPieces<Result>(
  pieces: readonly TimedPiece[],
  { machines, signal, onDone }: PiecesOptions,
): Promise<readonly (Result | null)[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([failed.signal, ...signal ? [signal] : []]);
  return await allOrNone(pieces.map(async ({ name, task }) => {
    try {
      const how = { signal: either };
      const [result] = await machines.run<Result>([{ ...task, measures: true }], how);
      onDone?.();
      return result;
    } catch (error) {
      if (either.aborted) return null;
      failed.abort();
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }));
}

/** All that is promised, once nothing is under way any more, or the first thing that went wrong. */
export async function allOrNone<Result>(
  promised: readonly Promise<Result>[],
): Promise<readonly Result[]> {
  await Promise.allSettled(promised);
  return await Promise.all(promised);
}

/** A table whose rows tell the machine that they were measured on: times of another cannot be compared. */
function withMachine(table: Table): Table {
  const { startedUtc, loadBefore, loadAfter } = tableMetadata(table);
  const { load: _, ...here } = environment({ gitCommit: null });
  const about = {
    machine: machineName(),
    environment: JSON.stringify({ ...here, startedUtc, loadBefore, loadAfter }),
  };
  return table.assign(tableFromRows(Array.from({ length: table.numRows }, () => about)));
}

function bytesOf(table: Table): Uint8Array {
  return tableToIPC(table, "file");
}

/**
 * The rows of several tables of the same columns, one after the other. Of circumstances there is what all
 * of them have: rows tell their own.
 */
export function joinTables(tables: readonly Table[]): Table {
  if (tables.length === 1) return tables[0];
  const circumstances = tables.map(tableMetadata);
  const metadata = Object.fromEntries(
    Object.keys(circumstances[0]).map((key) => [key, shared(key, circumstances)]),
  );
  const columns = Object.fromEntries(
    tables[0].schema.fields.map(({ name, type }) => [name, KINDS[type.typeId] ?? "text"]),
  );
  return tableFromRows(tables.flatMap(tableToRows), { columns, metadata });
}

/** As Arrow numbers types (`Type` of apache-arrow). */
const KINDS: Readonly<Record<number, ColumnKind>> = {
  [-1]: "name",
  2: "int32",
  3: "float64",
  5: "text",
  6: "boolean",
};

type Circumstances = Readonly<Record<string, unknown>>;

/** What is the same everywhere; times of several as one, and the highest load; null where machines differ. */
function shared(key: string, all: readonly Circumstances[]): unknown {
  const values = all.map((each) => each[key]);
  if (new Set(values.map((value) => JSON.stringify(value))).size === 1) return values[0];
  const texts = [...new Set(values.filter((value) => typeof value === "string"))].sort();
  switch (key) {
    case "startedUtc":
      return texts[0];
    case "os":
    case "runtime":
    case "stopped":
      return texts.join("; ");
    case "warmup": {
      const spans = values as readonly { readonly minMs: number; readonly maxMs: number }[];
      return {
        minMs: Math.min(...spans.map(({ minMs }) => minMs)),
        maxMs: Math.max(...spans.map(({ maxMs }) => maxMs)),
      };
    }
    case "loadBefore":
    case "loadAfter": {
      const known = values.filter((load): load is readonly number[] => Array.isArray(load));
      return known[0].map((_, i) => Math.max(...known.map((load) => load[i])));
    }
    case "wasmFeatures": {
      const [first, ...others] = values as readonly (readonly string[])[];
      return first.filter((feature) => others.every((each) => each.includes(feature)));
    }
    default:
      return null;
  }
}
