import { checkOptions } from "../check_arguments.ts";
import { measure } from "../measure/measure.ts";
import { type MeasureOptions, measuringNames } from "../measure/measure_options.ts";
import { randomInputs } from "../measure/random.ts";
import type { ColumnKind } from "../measure/table_rows.ts";
import { scheduleOf, type Timed, verifyOutput } from "../measure/timed_nest.ts";
import { type Reference, reference } from "../measure/timed_nest.ts";
import { timingColumns, type TimingRow, timingRows } from "../measure/timing_row.ts";
import type { TensorData } from "../nest/dtype.ts";
import { type Computation, isPipeline, meaningOf } from "../nest/pipeline.ts";
import type { Table } from "../npm/arrow.ts";
import { type BackendKernel, backendKernels, targetOf } from "./backend_kernels.ts";
import { type Backend, backendNames, chosenBackends } from "./backends.ts";
import {
  countersHere,
  hardwareColumns,
  type HardwareCounts,
  uncounted,
} from "./hardware_counters.ts";
import type { NativeTarget } from "./native_target.ts";

/**
 * How {@link benchBackends} measures.
 *
 * @category Native code
 */
export interface BenchBackendsOptions extends Omit<MeasureOptions, "peakGmacPerS" | "baseline"> {
  /** All that there are if left out: without a compiler those that need none; JavaScript for nests alone. */
  readonly backends?: readonly Backend[];
  /** The compiler; left out: the first there is. */
  readonly cc?: string;
  /** Folder of libraries that were compiled before; left out: one in the system's folder of temporary files. */
  readonly cache?: string;
  /**
   * Also count cycles, instructions and cache misses of a run, by the counters of the processor. Default
   * false. Where the kernel or the machine has none they are null, and the table's metadata says why
   * (`counters`).
   */
  readonly counters?: boolean;
}

/**
 * A schedule that depends on who runs it: on the compiler and its processor, or, where it is given null, on
 * JavaScript or WebAssembly.
 *
 * @category Native code
 */
export type ScheduleFor = (target: NativeTarget | null) => Computation;

/**
 * A schedule by one back end: a timing row, and what made the code.
 *
 * @category Native code
 */
export interface BackendRow extends TimingRow, HardwareCounts {
  /** What the schedule became. */
  readonly backend: Backend;
  /** The compiler's version; null: none was asked. */
  readonly compiler: string | null;
  /** Its options that count, or V8's; null: none. */
  readonly flags: string | null;
  /** Elements of a vector; 1 without vectors. */
  readonly lanes: number;
  /** What the compiler's vectors are, or `AMX` where matrix tiles take the sums; null: none was asked. */
  readonly instructionSet: string | null;
}

/**
 * The columns of a {@link BackendRow} worth reading.
 *
 * @category Native code
 */
export const briefBackendColumns: readonly (keyof BackendRow)[] = [
  "kernel",
  "backend",
  "lanes",
  "minNs",
  "medianNs",
  "gmacPerS",
  "speedup",
  "verified",
];

/**
 * Times schedules of nests, or pipelines, by several back ends against each other, each verified against
 * the plain nest before anything is timed: one row for each schedule and back end ({@link BackendRow}).
 * Speed-ups are against the first schedule by the first back end. On one thread; products are not fused
 * with sums, so that all of them compute the same bits of the same schedule but for the width of vectors
 * along a reduction. `native best` takes vectors as wide as the processor has them, in blocks of as many
 * vectors; a function instead of a schedule is asked for one for each back end ({@link ScheduleFor}).
 *
 * @throws {CompilerError} a back end was asked for that needs a compiler, and there is none; or one that V8
 *   has not as it was started.
 * @throws {Error} an output is wrong; nothing is timed then.
 * @throws {RangeError} there is no such back end, or it does not run pipelines.
 * @throws {DOMException} named `AbortError`, if the signal fires while something is compiled.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { benchBackends, matmul, reorder, tableToRows } from "tinyloom";
 *
 * const naive = matmul({ m: 32, k: 32, n: 32 });
 * const reordered = reorder(naive, ["i", "k", "j"]);
 * const backends = ["javascript", "wasm"] as const;
 * const table = await benchBackends({ naive, reordered }, { backends, budgetMs: 50, settleMs: 0 });
 * assert.equal(tableToRows(table).length, 4);
 * ```
 *
 * @category Native code
 */
export async function benchBackends(
  variants: Readonly<Record<string, Computation | ScheduleFor>>,
  options: BenchBackendsOptions = {},
): Promise<Table> {
  checkOptions("benchBackends", options, "backends cc cache counters", measuringNames);
  const { backends: asked, cc, cache, counters: isCounted = false, ...measuring } = options;
  const { signal } = options;
  const named = Object.entries(variants);
  const isPlain = named.every(([, each]) => typeof each === "function" || !isPipeline(each));
  const found = await chosenBackends(asked, { known: backendNames, cc, signal });
  const backends = found.filter((each) => asked || isPlain || each !== "javascript");
  const targets = new Map<Backend, NativeTarget | null>();
  for (const backend of backends) targets.set(backend, await targetOf(backend, { cc, signal }));
  const problemOf = problems(options.seed);
  const made: Made[] = [];
  try {
    for (const [name, given] of named) {
      for (const backend of backends) {
        const target = targets.get(backend) ?? null;
        const what = typeof given === "function" ? given(target) : given;
        const { inputs } = problemOf(what);
        const kernel = await backendKernels[backend](what, { inputs, target, cache, signal });
        made.push({ ...kernel, name, backend });
      }
    }
    const timed = made.map((one) => timedBackend(one, problemOf(one.what).reference));
    const { table } = await measure(timed, { ...measuring, baseline: timed[0].name });
    using counters = isCounted ? countersHere() : undefined;
    const rows = timingRows(table).map((row): BackendRow => {
      const one = made.find(({ name, backend }) => row.kernel === `${name}, ${backend}`)!;
      const { name: kernel, backend, compiler, flags, lanes, instructionSet } = one;
      const counts = counters?.countsOf(one.run, row.batch) ?? uncounted;
      return { ...row, kernel, backend, compiler, flags, lanes, instructionSet, ...counts };
    });
    const { tableFromRows } = await import("../measure/table_from_rows.ts");
    const all = tableFromRows(rows, {
      columns,
      metadata: counters === undefined ? {} : { counters: counters.said },
    });
    for (const [name, text] of table.schema.metadata) all.schema.metadata.set(name, text);
    return all;
  } finally {
    for (const one of made) one.dispose();
  }
}

/** Inputs and what should come of them, once for all schedules of a problem. */
function problems(seed: number | undefined) {
  const known = new Map<string, Problem>();
  return (what: Computation): Problem => {
    const nest = meaningOf(what);
    const key = JSON.stringify([nest.axes, nest.tensors, nest.body]);
    if (!known.has(key)) {
      const inputs = randomInputs(nest, { seed });
      known.set(key, { inputs, reference: reference(nest, inputs) });
    }
    return known.get(key)!;
  };
}

interface Problem {
  readonly inputs: Readonly<Record<string, TensorData>>;
  readonly reference: Reference;
}

function timedBackend({ what, ...one }: Made, { output, tolerance }: Reference): Timed {
  const nest = meaningOf(what);
  const { errorFactor = 1 } = isPipeline(what) ? what : {};
  return {
    name: `${one.name}, ${one.backend}`,
    shape: what.shape,
    dtype: nest.tensors[0].dtype,
    schedule: scheduleOf(what),
    threads: 1,
    macs: nest.axes.reduce((product, { extent }) => product * extent, 1),
    verify: () => {
      one.clear();
      one.run();
      return verifyOutput(one.output, { output, tolerance: errorFactor * tolerance });
    },
    warm: one.run,
    run: one.run,
  };
}

/** A schedule by a back end. */
interface Made extends BackendKernel {
  readonly name: string;
  readonly backend: Backend;
}

const columns: Readonly<Record<keyof BackendRow, ColumnKind>> = {
  ...timingColumns,
  backend: "name",
  compiler: "name",
  flags: "name",
  lanes: "int32",
  instructionSet: "name",
  ...hardwareColumns,
};
