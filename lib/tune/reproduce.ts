import { checkArguments, checkOptions } from "../check_arguments.ts";
import { benchConv } from "../conv/bench_conv.ts";
import type { ConvShape } from "../conv/conv_shape.ts";
import type { ConvVariantName } from "../conv/conv_variants.ts";
import { anyNumber, flag, list, record, text } from "../form.ts";
import { bench, type BenchOptions, type BenchRecipe } from "../measure/bench.ts";
import { compare, type CompareOptions, type Comparison } from "../measure/compare.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { tableMetadata, tableToRows } from "../measure/table_rows.ts";
import { timingColumns, type TimingRow, timingRows } from "../measure/timing_row.ts";
import { defineNest } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import type { Table } from "../npm/arrow.ts";
import { applySteps, readSchedule } from "../schedule/apply_steps.ts";
import { tuneColumns } from "./candidate.ts";

/**
 * How to repeat a record.
 *
 * @category Measurement
 */
export interface ReproduceOptions
  extends CompareOptions, Pick<BenchOptions, "onProgress" | "signal" | "peaks" | "runs"> {
  /** Time for everything; default that of the record. */
  readonly budgetMs?: number;
  /** Of a search's log: how many of the fastest candidates are timed again; default 5. */
  readonly candidates?: number;
}

/**
 * A record, and what its repeat gave.
 *
 * @category Measurement
 */
export interface Reproduction {
  /** What was claimed: the record, or the fastest candidates of a search's log as one. */
  readonly then: Table;
  /** The timing record of the repeat. */
  readonly now: Table;
  /** Whether the one says what the other does; A is then, B is now. */
  readonly comparison: Comparison;
  /** Variants whose schedule this version makes otherwise; they were timed as they are now. */
  readonly changed: readonly string[];
}

/**
 * Repeats a record on this machine: the same computations under the schedules that its rows hold, on
 * the inputs of its seed, and compares the speed-ups. Takes what `bench`, `benchConv` and `tune` give,
 * and `saveTable` keeps; of a search's log the fastest candidates run again, against the fastest.
 *
 * @throws {TypeError} the record does not carry what is to run: it is of another kind, older, was
 *   timed on inputs of its own, or on pipelines of its own.
 * @throws {ScheduleError} a schedule in it is not legal.
 *
 * @example
 * ```ts
 * import { bench, matmul, reorder, reproduce } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const naive = matmul({ m: 32, k: 32, n: 32 });
 * const quick = { budgetMs: 100, settleMs: 0 };
 * const { table } = await bench({ naive, reordered: reorder(naive, ["i", "k", "j"]) }, quick);
 * const { comparison } = await reproduce(table, { budgetMs: 100 });
 * assert.deepEqual(comparison.rows.map(({ kernel }) => kernel), ["naive", "reordered"]);
 * ```
 *
 * @category Measurement
 */
export async function reproduce(
  table: Table,
  options: ReproduceOptions = {},
): Promise<Reproduction> {
  checkOptions(
    "reproduce",
    options,
    "tolerance singleTolerance candidates onProgress signal peaks runs budgetMs",
  );
  checkArguments("reproduce", { table });
  const { tolerance, singleTolerance, candidates = 5, ...given } = options;
  const isLog = Object.keys(tuneColumns).every((name) => table.getChild(name) !== null);
  const then = isLog ? fastest(table, candidates) : table;
  const { seed, runs, budgetMs, baseline, recipe } = tableMetadata(then) as Circumstances;
  const rows = timingRows(then);
  if (recipe === undefined || rows.length === 0) {
    throw new TypeError(
      recipe === undefined
        ? "The record does not carry what was computed, as those of this version do: measure it anew"
        : "The record holds no rows to repeat",
    );
  }
  const wrong = recipeForm(recipe, "$");
  if (wrong !== null) throw new TypeError(`The record's recipe is none: ${wrong}`);
  if (!recipe.seeded) {
    throw new TypeError("The record was timed on inputs of its caller's, which it does not carry");
  }
  const measuring = { seed, runs, budgetMs, baseline, fma: recipe.fma, ...defined(given) };
  const { now, changed } = recipe.layers === undefined
    ? await again(rows, recipe, measuring)
    : await layersAgain(rows, recipe.layers as readonly ConvShape[], measuring);
  return {
    then,
    now,
    comparison: compare(then, now, { tolerance, singleTolerance }),
    changed,
  };
}

interface Circumstances {
  readonly seed?: number;
  readonly runs?: number;
  readonly budgetMs?: number;
  readonly baseline?: string;
  readonly recipe?: BenchRecipe;
}

type Repeated = Pick<Reproduction, "now" | "changed">;

async function again(
  rows: readonly TimingRow[],
  { problems }: BenchRecipe,
  measuring: BenchOptions,
): Promise<Repeated> {
  const nests = rows.map((row) => {
    const problem = problems.find(({ kernel, shape, dtype }) =>
      kernel === row.kernel && shape === row.shape && dtype === row.dtype
    );
    if (problem === undefined || problem.nest === null) {
      throw new TypeError(
        `The record does not carry what ${row.kernel} computes: a pipeline of its caller's`,
      );
    }
    return [row.kernel, applySteps(nestOf(problem.nest), readSchedule(row.schedule))] as const;
  });
  const threads = Math.max(...rows.map((row) => row.threads));
  const { table: now } = await bench(nests, { ...measuring, threads });
  return { now, changed: [] };
}

async function layersAgain(
  rows: readonly TimingRow[],
  layers: readonly ConvShape[],
  measuring: BenchOptions,
): Promise<Repeated> {
  const variants = [...new Set(rows.map(({ kernel }) => kernel as ConvVariantName))];
  const now = await benchConv(layers, { ...measuring, variants });
  const keyOf = ({ kernel, shape, dtype }: TimingRow) => `${kernel} ${shape} ${dtype}`;
  const schedules = new Map(timingRows(now).map((row) => [keyOf(row), row.schedule]));
  const changed = rows.filter((row) => {
    const schedule = schedules.get(keyOf(row));
    return schedule !== undefined && schedule !== row.schedule;
  });
  return { now, changed: changed.map(({ kernel }) => kernel) };
}

const axesForm = record({ axes: list(record({ name: text, extent: anyNumber })) });

/** What is to be measured, as far as it is looked at here. */
const recipeForm = record({
  fma: flag,
  seeded: flag,
  problems: list(record({ kernel: text, shape: text, dtype: text })),
});

/** A plain nest from a record, checked as one that a person defines. */
function nestOf(recorded: unknown): Nest {
  const wrong = axesForm(recorded, "$");
  if (wrong !== null) throw new TypeError(`The record holds no nest: ${wrong}`);
  const { name, shape, axes, tensors, body } = withNumbers(recorded) as Nest;
  const extents = Object.fromEntries(axes.map(({ name, extent }) => [name, extent]));
  return defineNest({ name, shape, extents, tensors, body });
}

// JSON has no infinity, where a maximum starts; it is kept as a text.
function withNumbers(value: unknown): unknown {
  if (value === "Infinity" || value === "-Infinity") return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withNumbers(each)]));
}

/** The fastest candidates of a search's log as a timing record, the first of them its baseline. */
function fastest(log: Table, count: number): Table {
  const metadata = tableMetadata(log);
  const { nest, fma, threads, seed, machine } = metadata as {
    readonly nest?: Nest;
    readonly fma: boolean;
    readonly threads: number;
    readonly seed: number;
    readonly machine?: Readonly<Record<string, unknown>>;
  };
  if (nest === undefined) {
    throw new TypeError("The log does not carry the nest that was tuned: tune it anew");
  }
  if (metadata.evaluator !== "machine") {
    throw new TypeError(
      `The log's figures are by "${metadata.evaluator}", which is no clock: there is no time to repeat`,
    );
  }
  const timed = tableToRows(log).filter(({ minNs }) => minNs !== null)
    .toSorted((a, b) => (a.minNs as number) - (b.minNs as number)).slice(0, count);
  const input = nest.tensors.find(({ role }) => role === "input")!;
  const dtype = input.dtype;
  const rows = timed.map(({ index, schedule, minNs }) => ({
    kernel: `candidate ${index}`,
    shape: nest.shape,
    dtype,
    schedule: schedule as string,
    threads: (schedule as string).includes('"op":"parallel"') ? threads : 1,
    samples: 1,
    minNs: minNs as number,
    speedup: (timed[0].minNs as number) / (minNs as number),
  }));
  const problems = rows.map(({ kernel, shape }) => ({ kernel, shape, dtype, nest }));
  const recipe = { fma, seeded: true, problems } satisfies BenchRecipe;
  return tableFromRows(rows, {
    columns: timingColumns,
    metadata: { ...machine, seed, baseline: rows[0]?.kernel, recipe },
  });
}

function defined<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as T;
}
