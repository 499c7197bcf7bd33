import { measuringNames } from "./measure_options.ts";
import { checkOptions } from "../check_arguments.ts";
import { createPool } from "../codegen/thread_pool.ts";
import type { TensorData } from "../nest/dtype.ts";
import { checkInputs } from "../nest/interpret.ts";
import { type Computation, isPipeline, meaningOf } from "../nest/pipeline.ts";
import { measure, type Measurement } from "./measure.ts";
import type { MeasureOptions } from "./measure_options.ts";
import { machinePeakOf, type MachinePeaks } from "./measure_peaks.ts";
import { randomInputs } from "./random.ts";
import { type Reference, reference, type TimedNest, timedNest } from "./timed_nest.ts";

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
 * What a record of `bench` carries in its metadata, as `recipe`, so that it can be repeated:
 * schedules are in its rows, the seed beside this.
 *
 * @category Measurement
 */
export interface BenchRecipe {
  /** Whether multiply and add were fused. */
  readonly fma: boolean;
  /** Whether the inputs are the seed's; else they were the caller's. */
  readonly seeded: boolean;
  /** The plain nest that each variant computes, as JSON; null for a pipeline. */
  readonly problems: readonly {
    readonly kernel: string;
    readonly shape: string;
    readonly dtype: string;
    readonly nest: unknown;
  }[];
  /** The layers, where `benchConv` made the variants. */
  readonly layers?: readonly unknown[];
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
    const measurement = await measure(timed, {
      ...measuring,
      peakGmacPerS: (one) => machinePeakOf(one, { peaks, fma }),
    });
    const recipe: BenchRecipe = {
      fma,
      seeded: inputs === undefined,
      problems: timed.map(problemOf),
    };
    measurement.table.schema.metadata.set("recipe", JSON.stringify(recipe, withInfinity));
    return measurement;
  } finally {
    for (const one of timed) one[Symbol.dispose]();
  }
}

function problemOf({ name: kernel, shape, dtype, computation }: TimedNest) {
  const { name, axes, tensors, body } = meaningOf(computation);
  const nest = isPipeline(computation) ? null : { name, shape, axes, tensors, body };
  return { kernel, shape, dtype, nest };
}

// A maximum starts at minus infinity, which JSON has not.
function withInfinity(_: string, value: unknown): unknown {
  return value === Infinity || value === -Infinity ? String(value) : value;
}
