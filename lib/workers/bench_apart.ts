import { checkOptions } from "../check_arguments.ts";
import type { BenchModelsOptions } from "../engine/profile/bench_models.ts";
import type { Model } from "../model/model.ts";
import { type Table, tableFromIPC } from "../npm/arrow.ts";
import type { Workers } from "../tinynas/workers.ts";
import { benchHere, type BenchTask, doPieces, joinTables } from "./timing_tasks.ts";

/**
 * How to time models apart.
 *
 * @category Many machines
 */
export interface BenchModelsApartOptions
  extends Pick<BenchModelsOptions, "threads" | "plans" | "seed" | "runs"> {
  /** Time them in turns, as `benchModels` does, in one task on one machine; false if left out. */
  readonly together?: boolean;
  /** Time for everything, of which each model gets its share; 5,000 ms if left out. */
  readonly budgetMs?: number;
  /** Time the models, as `connectWorkers` gives them; this process does if left out. */
  readonly machines?: Workers;
  /** Ends it: models that are timed by then are returned. */
  readonly signal?: AbortSignal;
  /** Called after each task with how many are done. */
  readonly onDone?: (count: number) => void;
}

/**
 * Times models one by one, each on whichever of the machines is free, nothing beside it: as many tasks as
 * there are models. Rows are those of {@linkcode benchModels}, in the order of the models, with the
 * columns `machine` and `environment`, a JSON text: times of one machine can be compared, times of two
 * cannot. `benchModels` times models in turns, which compares them best.
 *
 * @throws {DOMException} named `AbortError` if the signal fires before a model is timed.
 * @throws {EngineError} here, for a model with an operator that is not supported.
 * @throws {Error} if a model's outputs are wrong, or its task failed three times on machines.
 * @throws {TypeError} if there are no models.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { benchModelsApart, zoo } from "tinyloom";
 *
 * // On many machines: await using machines = await connectWorkers({ servers }), and { machines }.
 * const table = await benchModelsApart({ ad: zoo("mlperf-tiny-ad") }, { budgetMs: 50 });
 * assert.equal(table.get(0)?.macs, 264_192);
 * assert.ok(JSON.parse(table.get(0)?.environment).wasmFeatures.includes("simd128"));
 * ```
 *
 * @category Many machines
 */
export async function benchModelsApart(
  models: Readonly<Record<string, Model>>,
  options: BenchModelsApartOptions = {},
): Promise<Table> {
  checkOptions(
    "benchModelsApart",
    options,
    "threads plans seed runs together budgetMs machines signal onDone",
  );
  const { threads, plans = {}, seed, runs, together, budgetMs = 5000 } = options;
  const { machines, signal, onDone } = options;
  const names = Object.keys(models);
  if (names.length === 0) throw new TypeError("There are no models to time, needed at least one");
  const groups = together ? [names] : names.map((name) => [name]);
  const pieces = groups.map((group) => {
    const planned = group.filter((name) => Object.hasOwn(plans, name));
    const task: BenchTask = {
      kind: "bench",
      models: Object.fromEntries(group.map((name) => [name, models[name]])),
      options: {
        plans: Object.fromEntries(planned.map((name) => [name, plans[name]])),
        ...(threads !== undefined && { threads }),
        ...(seed !== undefined && { seed }),
        ...(runs !== undefined && { runs }),
        budgetMs: budgetMs / groups.length,
      },
    };
    return { name: group.join(", "), task };
  });
  let count = 0;
  const tables = machines === undefined
    ? await oneByOne(pieces.map(({ task }) => task), options)
    : await doPieces<Uint8Array>(pieces, { machines, signal, onDone: () => onDone?.(++count) });
  const timed = tables.filter((table) => table !== null);
  if (timed.length === 0) signal?.throwIfAborted();
  return joinTables(timed.map((table) => tableFromIPC(table)));
}

async function oneByOne(
  tasks: readonly BenchTask[],
  { signal, onDone }: BenchModelsApartOptions,
): Promise<readonly Uint8Array[]> {
  const done: Uint8Array[] = [];
  for (const task of tasks) {
    if (signal?.aborted) break;
    done.push(await benchHere(task, signal && { signal }));
    onDone?.(done.length);
  }
  return done;
}
