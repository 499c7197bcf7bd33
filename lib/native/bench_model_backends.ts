import { checkOptions } from "../check_arguments.ts";
import { createEngine } from "../engine/create_engine.ts";
import type { Engine } from "../engine/engine.ts";
import {
  benchEngines,
  benchModelsColumns,
  type BenchModelsOptions,
  type BenchModelsRow,
} from "../engine/profile/bench_models.ts";
import { measuringNames } from "../measure/measure_options.ts";
import type { ColumnKind } from "../measure/table_rows.ts";
import type { Model } from "../model/model.ts";
import type { Table } from "../npm/arrow.ts";
import type { Plan } from "../plan/plan.ts";
import type { BenchBackendsOptions } from "./bench_backends.ts";
import {
  chosenBackends,
  isNative,
  type ModelBackend,
  modelBackendNames,
  nativeFlags,
  WIDE_FLAG,
} from "./backends.ts";
import {
  countersHere,
  hardwareColumns,
  type HardwareCounts,
  uncounted,
} from "./hardware_counters.ts";
import { createNativeEngine } from "./create_native_engine.ts";
import { findCompiler, type NativeTarget } from "./native_target.ts";

const USUAL: readonly ModelBackend[] = ["wasm", "wasm-wide", "native best"];

/**
 * How {@link benchModelBackends} measures.
 *
 * @category Native code
 */
export interface BenchModelBackendsOptions
  extends
    Omit<BenchModelsOptions, "threads">,
    Pick<BenchBackendsOptions, "cc" | "cache" | "counters"> {
  /**
   * If left out, WebAssembly and, with a compiler, the best native code for this machine. Code for no
   * machine in particular has neither its dot products nor its wide vectors: it takes a compiler long.
   */
  readonly backends?: readonly ModelBackend[];
}

/**
 * A model by one back end: a row of `benchModels`, and what made the code.
 *
 * @category Native code
 */
export interface ModelBackendRow extends BenchModelsRow, HardwareCounts {
  /** What the model's layers became. */
  readonly backend: ModelBackend;
  /** How many times faster than by the first back end, by minima. */
  readonly speedup: number;
  /** The compiler's version; null: none was asked. */
  readonly compiler: string | null;
  /** Its options that count, or V8's; null: none. */
  readonly flags: string | null;
  /** Bytes of the widest vectors that layers may use. */
  readonly vectorBytes: number;
}

/**
 * Times whole models by several back ends against each other: one row for each model and back end
 * ({@link ModelBackendRow}), all in the same plan and on one thread. Outputs are first compared to the
 * reference interpreter's, as {@link benchModels} does.
 *
 * Creating a native engine for the first time is compiling it, unless the cache has it.
 *
 * @throws {CompilerError} a back end was asked for that needs a compiler, and there is none; or one that V8
 *   has not as it was started.
 * @throws {EngineError} for a model with an operator that is not supported.
 * @throws {Error} if an engine's outputs are wrong; nothing is timed then.
 * @throws {RangeError} there is no such back end.
 * @throws {TypeError} if there are no models.
 * @throws {DOMException} named `AbortError`, if the signal fires before anything is timed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { benchModelBackends, zoo } from "tinyloom";
 *
 * const models = { ad: zoo("mlperf-tiny-ad") };
 * const options = { backends: ["wasm"], budgetMs: 50, settleMs: 0 } as const;
 * assert.equal((await benchModelBackends(models, options)).get(0)?.backend, "wasm");
 * ```
 *
 * @category Native code
 */
export async function benchModelBackends(
  models: Readonly<Record<string, Model>>,
  options: BenchModelBackendsOptions = {},
): Promise<Table> {
  checkOptions("benchModelBackends", options, "backends cc cache counters plans", measuringNames);
  const { backends: asked, cc, cache, counters: isCounted = false, plans = {}, ...measuring } =
    options;
  const { signal } = options;
  const backends = await chosenBackends(asked, {
    known: modelBackendNames,
    usual: USUAL,
    cc,
    signal,
  });
  const ways = await Promise.all(backends.map((backend) => wayOf(backend, { cc, cache, signal })));
  const contenders = Object.entries(models).flatMap(([model, given]) =>
    ways.map((way) => ({
      ...{ name: `${model}, ${way.backend}`, model: given, title: model, way },
      create: () => way.create(given, plans[model]),
    }))
  );
  using counters = isCounted ? countersHere() : undefined;
  const counted = new Map<string, HardwareCounts>();
  const { rows, metadata } = await benchEngines(contenders, measuring, {
    afterwards: ({ name, run }, { batch }) => {
      if (counters !== undefined) counted.set(name, counters.countsOf(() => void run(), batch));
    },
  });
  const named = rows.map((row): ModelBackendRow => {
    const { title, way } = contenders.find(({ name }) => name === row.model)!;
    const first = rows.find(({ model }) => model === `${title}, ${backends[0]}`)!;
    const { backend, compiler, flags, vectorBytes } = way;
    const speedup = first.minNs / row.minNs;
    const counts = counted.get(row.model) ?? uncounted;
    return { ...row, model: title, backend, speedup, compiler, flags, vectorBytes, ...counts };
  });
  const { tableFromRows } = await import("../measure/table_from_rows.ts");
  return tableFromRows(named, {
    columns,
    metadata: { ...metadata, threads: 1, ...counters && { counters: counters.said } },
  });
}

const { model, ...timed } = benchModelsColumns;
const columns: Readonly<Record<keyof ModelBackendRow, ColumnKind>> = {
  model,
  backend: "name",
  ...timed,
  speedup: "float64",
  compiler: "name",
  flags: "name",
  vectorBytes: "int32",
  ...hardwareColumns,
};

/** How a back end makes engines. */
interface Way extends Pick<ModelBackendRow, "backend" | "compiler" | "flags" | "vectorBytes"> {
  readonly create: (model: Model, plan: Plan | undefined) => Engine | Promise<Engine>;
}

async function wayOf(
  backend: ModelBackend,
  { cc, cache, signal }: Pick<BenchModelBackendsOptions, "cc" | "cache" | "signal">,
): Promise<Way> {
  if (isNative(backend)) {
    const target: NativeTarget = await findCompiler({ cc, flags: nativeFlags[backend], signal });
    const { version: compiler, flags, vectorBytes } = target;
    const create = (model: Model, plan: Plan | undefined) =>
      createNativeEngine(model, { plan, target, cache, signal });
    return { backend, compiler, flags: flags.join(" "), vectorBytes, create };
  }
  return {
    ...{ backend, compiler: null, vectorBytes: 16 },
    flags: backend === "wasm-wide" ? WIDE_FLAG : null,
    create: (model, plan) => createEngine(model, { plan, signal }),
  };
}
