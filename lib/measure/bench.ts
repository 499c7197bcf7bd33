import { measuringNames } from "./measure_options.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import { createPool } from "../codegen/thread_pool.ts";
import type { TensorData } from "../nest/dtype.ts";
import { checkInputs } from "../nest/interpret.ts";
import { type Computation, isPipeline, meaningOf } from "../nest/pipeline.ts";
import type { Table } from "../npm/arrow.ts";
import { formatRatio, threeDigits } from "./format.ts";
import { measure, type Measurement } from "./measure.ts";
import type { MeasureOptions } from "./measure_options.ts";
import { machinePeakOf, type MachinePeaks } from "./measure_peaks.ts";
import { randomInputs } from "./random.ts";
import { tableMetadata } from "./table_rows.ts";
import { type Reference, reference, type TimedNest, timedNest } from "./timed_nest.ts";
import { type TimingRow, timingRows } from "./timing_row.ts";

/**
 * How to bench nests: how to measure, and how to compile.
 *
 * @category Measurement
 */
export interface BenchOptions extends Omit<MeasureOptions, "peakGmacPerS"> {
  /** Fuse multiply and add in float32 vectors; default true. See `compile`. */
  readonly fma?: boolean;
  /** Threads for variants with a parallel loop; default 1. */
  readonly threads?: number;
  /** Inputs by tensor; default seeded random ones. */
  readonly inputs?: Readonly<Record<string, TensorData>>;
  /** What the machine can do, for the share of the peak; from `measurePeaks`. */
  readonly peaks?: MachinePeaks;
}

/**
 * Times scheduled nests, and pipelines, against each other. Each is compiled, run once and compared with the plain
 * nest computed in float64 before anything is timed; the rest is as for {@link measure}.
 *
 * The nests may have different shapes: speed-ups are against the baseline of the same shape.
 *
 * @throws {Error} a variant's output is wrong; nothing is timed then.
 * @throws {ScheduleError} a schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { bench, matmul, reorder, timingRows } from "tinyloom";
 *
 * const naive = matmul({ m: 32, k: 32, n: 32 });
 * const reordered = reorder(naive, ["i", "k", "j"]);
 * const { table } = await bench({ naive, reordered }, { budgetMs: 50, settleMs: 0 });
 * assert.ok(timingRows(table).every((row) => row.verified));
 * ```
 *
 * @category Measurement
 */
export async function bench(
  variants: Readonly<Record<string, Computation>> | readonly (readonly [string, Computation])[],
  options: BenchOptions = {},
): Promise<Measurement> {
  checkOptions("bench", options, "fma threads inputs peaks baseline", measuringNames);
  const { fma = true, threads = 1, inputs, peaks, ...measuring } = options;
  const named = Array.isArray(variants)
    ? variants as readonly (readonly [string, Computation])[]
    : Object.entries(variants as Readonly<Record<string, Computation>>);
  if (inputs && new Set(named.map(([, nest]) => nest.shape)).size > 1) {
    throw new TypeError("Cannot bench nests of several shapes on the same inputs");
  }
  const parallel = named.some(([, each]) =>
    !isPipeline(each) && each.loops.some((loop) => loop.mode === "parallel")
  );
  using pool = threads > 1 && parallel ? createPool(threads) : undefined;
  const problems = new Map<string, { inputs: Record<string, TensorData>; reference: Reference }>();
  const timed: TimedNest[] = [];
  try {
    for (const [name, computation] of named) {
      const nest = meaningOf(computation);
      const key = JSON.stringify([nest.axes, nest.tensors, nest.body]);
      if (!problems.has(key)) {
        const given = inputs ?? randomInputs(nest, { seed: options.seed });
        checkInputs(nest, given);
        problems.set(key, { inputs: given, reference: reference(nest, given) });
      }
      timed.push(timedNest(name, computation, { ...problems.get(key)!, fma, pool }));
    }
    return await measure(timed, {
      ...measuring,
      peakGmacPerS: (one) => machinePeakOf(one, { peaks, fma }),
    });
  } finally {
    for (const one of timed) one[Symbol.dispose]();
  }
}

/**
 * What a verdict rests on.
 *
 * @category Measurement
 */
export type SpeedupRow = Pick<TimingRow, "kernel" | "speedup" | "speedupLow" | "speedupHigh">;

/**
 * How a verdict is worded.
 *
 * @category Measurement
 */
export interface VerdictOptions {
  /** The baseline's name. */
  readonly baseline?: string;
}

/**
 * A row's speed-up in words. Nothing is called faster or slower while its interval holds 1, or when
 * there is no interval.
 *
 * @example
 * ```ts
 * import { verdict } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const row = { kernel: "tiled", speedup: 2.9, speedupLow: 2.84, speedupHigh: 2.97 };
 * assert.equal(verdict(row, { baseline: "naive" }), "2.90x faster than naive (2.84–2.97)");
 * ```
 *
 * @category Measurement
 */
export function verdict(
  row: SpeedupRow,
  options: VerdictOptions = {},
): string {
  checkOptions("verdict", options, "baseline");
  const { baseline = "the baseline" } = options;
  const { kernel, speedup, speedupLow: low, speedupHigh: high } = row;
  if (kernel === baseline) return "the baseline";
  if (speedup === null) return "nothing to compare with: the baseline was not measured";
  if (low === null || high === null) {
    return `${formatRatio(speedup)} against ${baseline}, from a single sample: ` +
      "without a repeat no difference can be told";
  }
  if (low <= 1 && high >= 1) {
    return `no difference from ${baseline} that can be told (${range(low, high)})`;
  }
  return speedup > 1
    ? `${formatRatio(speedup)} faster than ${baseline} (${range(low, high)})`
    : `${formatRatio(1 / speedup)} slower than ${baseline} (${range(1 / high, 1 / low)})`;
}

function range(low: number, high: number): string {
  return `${threeDigits(low)}–${threeDigits(high)}`;
}

/**
 * A line for each row of a timing record, in its order: the variant and its verdict.
 *
 * @example
 * ```ts
 * import { tableFromRows, timingColumns, verdicts } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows(
 *   [{ kernel: "tiled", speedup: 0.99, speedupLow: 0.97, speedupHigh: 1.01 }],
 *   { columns: timingColumns, metadata: { baseline: "naive" } },
 * );
 * assert.deepEqual(verdicts(table), ["tiled: no difference from naive that can be told (0.970–1.01)"]);
 * ```
 *
 * @throws {TypeError} if the table is no timing record.
 *
 * @category Measurement
 */
export function verdicts(table: Table): readonly string[] {
  checkArguments("verdicts", { table });
  const rows = timingRows(table);
  const baseline = tableMetadata(table).baseline;
  const severalShapes = new Set(rows.map(({ shape }) => shape)).size > 1;
  return rows.map((row) => {
    const twins = rows.filter(({ kernel, shape }) => kernel === row.kernel && shape === row.shape);
    const which = [
      ...(severalShapes ? [row.shape] : []),
      ...(twins.length > 1 ? [`${row.threads} ${row.threads === 1 ? "thread" : "threads"}`] : []),
    ].join(", ");
    const name = which === "" ? row.kernel : `${row.kernel} (${which})`;
    return `${name}: ${verdict(row, { baseline: asName(baseline) })}`;
  });
}

function asName(baseline: unknown): string | undefined {
  return typeof baseline === "string" ? baseline : undefined;
}
