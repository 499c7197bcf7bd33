import { checkOptions } from "../check_arguments.ts";
import { measure } from "../measure/measure.ts";
import { type MeasureOptions, measuringNames } from "../measure/measure_options.ts";
import { randomInputs } from "../measure/random.ts";
import type { ColumnKind } from "../measure/table_rows.ts";
import { reference, type Timed, verifyOutput } from "../measure/timed_nest.ts";
import { timingColumns, type TimingRow, timingRows } from "../measure/timing_row.ts";
import type { Nest } from "../nest/nest.ts";
import type { Table } from "../npm/arrow.ts";
import {
  type Backend,
  type BackendKernel,
  backendKernels,
  backendNames,
} from "./backend_kernels.ts";
import { CompilerError, findCompiler } from "./native_target.ts";

/**
 * How {@link benchBackends} measures.
 *
 * @category Native code
 */
export interface BenchBackendsOptions extends Omit<MeasureOptions, "peakGmacPerS" | "baseline"> {
  /** All that there are if left out: without a compiler those that need none. */
  readonly backends?: readonly Backend[];
  /** The compiler; left out: the first there is. */
  readonly cc?: string;
  /** Folder of libraries that were compiled before; left out: one in the system's folder of temporary files. */
  readonly cache?: string;
}

/**
 * A schedule by one back end: a timing row, and what made the code.
 *
 * @category Native code
 */
export interface BackendRow extends TimingRow {
  /** What the schedule became. */
  readonly backend: Backend;
  /** The compiler's version; null: none was asked. */
  readonly compiler: string | null;
  /** Its options that count; null: none. */
  readonly flags: string | null;
  /** Elements of a vector; 1 without vectors. */
  readonly lanes: number;
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
 * Times schedules of one problem by several back ends against each other, each verified before anything
 * is timed: one row for each schedule and back end ({@link BackendRow}). Speed-ups are against the first
 * schedule by the first back end. On one thread; products are not fused with sums, so that all of them
 * compute the same bits of the same schedule but for the width of vectors along a reduction.
 *
 * @throws {CompilerError} a back end was asked for that needs a compiler, and there is none.
 * @throws {Error} an output is wrong; nothing is timed then.
 * @throws {RangeError} there is no such back end.
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
  variants: Readonly<Record<string, Nest>>,
  options: BenchBackendsOptions = {},
): Promise<Table> {
  checkOptions("benchBackends", options, "backends cc cache", measuringNames);
  const { backends: asked, cc, cache, ...measuring } = options;
  const unknown = asked?.find((name) => !backendNames.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`backend "${unknown}", needed one of ${backendNames.join(", ")}`);
  }
  const backends = asked ?? await backendsHere(cc);
  const named = Object.entries(variants);
  const [[, first]] = named;
  const inputs = randomInputs(first, { seed: options.seed });
  const expected = reference(first, inputs);
  const made: Made[] = [];
  try {
    for (const [name, nest] of named) {
      for (const backend of backends) {
        const kernel = await backendKernels[backend](nest, {
          inputs,
          cc,
          cache,
          signal: options.signal,
        });
        made.push({ ...kernel, name, nest, backend });
      }
    }
    const timed = made.map((one): Timed => ({
      name: `${one.name}, ${one.backend}`,
      shape: one.nest.shape,
      dtype: one.nest.tensors[0].dtype,
      schedule: one.nest.steps,
      threads: 1,
      macs: one.nest.axes.reduce((product, { extent }) => product * extent, 1),
      verify: () => {
        one.clear();
        one.run();
        return verifyOutput(one.output, expected);
      },
      warm: one.run,
      run: one.run,
    }));
    const { table } = await measure(timed, { ...measuring, baseline: timed[0].name });
    return await withBackends(table, made);
  } finally {
    for (const one of made) one.dispose();
  }
}

/** A schedule by a back end. */
interface Made extends BackendKernel {
  readonly name: string;
  readonly nest: Nest;
  readonly backend: Backend;
}

/** Those that can be had. */
async function backendsHere(cc?: string): Promise<readonly Backend[]> {
  try {
    await findCompiler({ cc });
    return backendNames;
  } catch (error) {
    if (!(error instanceof CompilerError)) throw error;
    return ["javascript", "wasm"];
  }
}

const columns: Readonly<Record<keyof BackendRow, ColumnKind>> = {
  ...timingColumns,
  backend: "name",
  compiler: "name",
  flags: "name",
  lanes: "int32",
};

async function withBackends(
  table: Table,
  made: readonly Made[],
): Promise<Table> {
  const rows = timingRows(table).map((row): BackendRow => {
    const one = made.find(({ name, backend }) => row.kernel === `${name}, ${backend}`)!;
    const { name: kernel, backend, compiler, flags, lanes } = one;
    return { ...row, kernel, backend, compiler, flags, lanes };
  });
  const { tableFromRows } = await import("../measure/table_from_rows.ts");
  const all = tableFromRows(rows, { columns });
  for (const [name, text] of table.schema.metadata) all.schema.metadata.set(name, text);
  return all;
}
