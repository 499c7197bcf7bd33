import { lookedAfter } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import { hasExactRelaxedDot } from "../codegen/compile.ts";
import type { ThreadPool } from "../codegen/thread_pool.ts";
import { checkModel } from "../model/check_model.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "../plan/plan.ts";
import { PlanError } from "../plan/plan_options.ts";
import { validatePlan } from "../plan/validate_plan.ts";
import {
  checkOptimizations,
  type OptimizationName,
  optimizationNames,
  scalarOptionsOf,
} from "./ablation/tinyengine_techniques.ts";
import { assembleEngine } from "./assemble_engine.ts";
import { compileUnits } from "./compile_units.ts";
import { checkArena, defaultPlan, type EngineLimits } from "./default_plan.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./engine_error.ts";
import { flattenCalls } from "./flow/flatten_calls.ts";
import { loadProgram, programOf } from "./load_program.ts";
import { prepareOperators } from "./reference/prepare_operators.ts";
import { preparedModel } from "./reference/prepared_model.ts";
import {
  checkChoices,
  type ChosenSchedule,
  type KernelChoices,
  machineKey,
} from "./select/kernel_choices.ts";
import { type Schedules, schedulesByStep } from "./select/schedules_by_step.ts";

/**
 * Options of `createEngine`.
 *
 * @category Engine
 */
export interface EngineOptions {
  /** The plan to run in; made by `planMemory` if left out. */
  readonly plan?: Plan;
  /** Threads that share the work, 1 if left out. */
  readonly threads?: number;
  /** Threads to use, started elsewhere; as many as `threads`. */
  readonly pool?: ThreadPool;
  /** Whether every access to the arena is checked against the plan; slow, one thread. */
  readonly checked?: boolean;
  /**
   * Whether int8 may be multiplied by `i32x4.relaxed_dot_i8x16_i7x16_add_s`: by default where the
   * machine does that exactly. Results are the same, bit for bit.
   */
  readonly relaxedDot?: boolean;
  /**
   * Schedules that `tuneKernels` measured to be the fastest. Those of other machines, versions and
   * layers do not count; where there is none, a cost model chooses.
   */
  readonly kernels?: KernelChoices;
  /**
   * Schedules of your own, by the layer's index in `engine.layers`: steps on the nest that `explain`
   * prints, such as `engine.layers[7].schedule` with other sizes. They count before `kernels`.
   */
  readonly schedules?: Schedules;
  /**
   * Optimizations for int8, all if left out: convolutions, fully connected layers, pools and ADD are
   * written without those that are not named, to see what each is worth (`ablate`).
   */
  readonly optimizations?: readonly OptimizationName[];
  /**
   * Whether to run the kernels that are written for processors with a DSP extension, on one thread:
   * slower here, the same results, and a way to prove them (`checked`). False if left out.
   */
  readonly dsp?: boolean;
  /** The same with those that are written for Arm's Helium. False if left out. */
  readonly helium?: boolean;
  /** What an engine may take. */
  readonly limits?: EngineLimits;
  /** Ends the compilation with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/** The names of them all. */
export const engineOptionNames =
  "plan threads pool checked relaxedDot kernels schedules optimizations dsp helium limits signal";

/**
 * Compiles a model into one WebAssembly module with a function of its own for every layer, all
 * shapes, offsets and quantization constants in the code, that runs in an arena of exactly
 * `plan.peakBytes`.
 *
 * Without a plan, one thread runs in the smallest arena the planner knows; several threads in one
 * without operators that overwrite their own input, since these cannot be shared out. Segments of a
 * plan (`fusion`) are one layer each: the first thread goes through a table of their calls.
 *
 * @throws {EngineError} for an operator that is not supported, or not for its types.
 * @throws {ModelError} if the model is not consistent.
 * @throws {PlanError} if the plan given does not hold for the model, or an arena is larger than
 *   `limits.arenaBytes`.
 * @throws {ScheduleError} if a schedule given is not legal, or not one that its layer can be run by.
 * @throws {RangeError} for a schedule of a layer that is not there, for a number of threads out of range, an
 *   unknown optimization, or one without those that it builds on.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, run, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * run(engine, [new Int8Array(640)]);
 * assert.equal(engine.memory.arenaBytes, engine.plan.peakBytes);
 * ```
 *
 * @example A schedule of your own
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, run, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-ad");
 * using engine = createEngine(model);
 * const steps = engine.layers[0].schedule.map((step) =>
 *   step.op === "tile" && step.sizes.o ? { ...step, sizes: { ...step.sizes, o: 8 } } : step
 * );
 * using mine = createEngine(model, { schedules: { 0: steps } });
 * const input = [new Int8Array(640).fill(3)];
 * assert.deepEqual(run(mine, input), run(engine, input));
 * ```
 *
 * @example Rows on demand
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, planMemory, run, runReference, zoo } from "tinyloom";
 *
 * const model = zoo("mobilenet_v2", { width: 0.35, resolution: 64 });
 * const input = [new Int8Array(64 * 64 * 3).fill(17)];
 * const plan = planMemory(model, { fusion: "rolling", input: "external" });
 * using engine = createEngine(model, { plan, checked: true });
 * assert.deepEqual(run(engine, input), runReference(model, input).outputs);
 * ```
 *
 * @category Engine
 */
export function createEngine(model: Model, options: EngineOptions = {}): Engine {
  checkOptions("createEngine", options, engineOptionNames);
  checkArguments("createEngine", { model, ...options.plan && { plan: options.plan } });
  return lookedAfter(null, () => compiled(model, options), { signal: options.signal });
}

function compiled(model: Model, options: EngineOptions): Engine {
  const { pool, checked = false, optimizations: names = optimizationNames } = options;
  const threads = threadsOf(options, names);
  const { prepared, plan } = plannedModel(model, { ...options, threads, optimizations: names });
  const compiledUnits = compileUnits(model, plan, {
    target: options.helium ? "helium" : options.dsp ? "dsp" : "wasm",
    vectorBytes: 16,
    threads,
    checked,
    hasRelaxedDot: hasRelaxedDot(options),
    schedules: schedulesByStep(flattenCalls(model, plan).plan, options.schedules ?? {}),
    choices: options.kernels === undefined ? null : choicesHere(options.kernels),
    scalar: options.dsp || options.helium ? null : scalarOptionsOf(names),
  });
  const { map, constants, checks } = compiledUnits;
  const loaded = loadProgram(programOf(compiledUnits), { map, constants, checks, threads, pool });
  const about = { model, prepared, plan, threads, checked };
  return assembleEngine(compiledUnits, { ...about, loaded, more: {} });
}

/** A model that is consistent, prepared for kernels, and the plan that holds for it. */
export function plannedModel(
  model: Model,
  { threads, optimizations, plan: given, limits }: {
    readonly threads: number;
    readonly optimizations: readonly OptimizationName[];
    readonly plan?: Plan;
    readonly limits?: EngineLimits;
  },
): { readonly prepared: Model; readonly plan: Plan } {
  checkModel(model);
  const prepared = preparedModel(model);
  prepareOperators(prepared);
  const plan = given ?? defaultPlan(model, { threads, optimizations });
  if (given !== undefined) checkGivenPlan(plan, model);
  checkArena(plan, limits);
  return { prepared, plan };
}

/** How many threads, refused where they or other options do not go together. */
function threadsOf(options: EngineOptions, names: readonly OptimizationName[]): number {
  const { pool, checked = false } = options;
  const threads = options.threads ?? pool?.threads ?? 1;
  checkOptimizations(names);
  checkThreads(threads, pool, checked);
  if (threads > 1 && !names.includes("threads")) {
    throw new RangeError(`${threads} threads without the optimization "threads", needed 1`);
  }
  if ((options.dsp || options.helium) && threads > 1) {
    throw new RangeError(`kernels for Arm run on one thread, found ${threads}`);
  }
  return threads;
}

function hasRelaxedDot({ relaxedDot }: EngineOptions): boolean {
  const isExact = (relaxedDot ?? true) && hasExactRelaxedDot();
  if (isExact || !relaxedDot) return isExact;
  throw new EngineError("relaxedDot, but this machine does not multiply int8 by uint8 exactly");
}

function choicesHere(choices: KernelChoices): ReadonlyMap<string, ChosenSchedule> {
  checkChoices(choices);
  return new Map(Object.entries(choices.machines[machineKey()] ?? {}));
}

function checkThreads(threads: number, pool: ThreadPool | undefined, checked: boolean): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > 64) {
    throw new RangeError(`threads must be an integer from 1 to 64, found ${threads}`);
  }
  if (pool !== undefined && pool.threads !== threads) {
    throw new RangeError(`${threads} threads, but the pool has ${pool.threads}`);
  }
  if (checked && threads > 1) {
    throw new RangeError(`checked mode runs on one thread, found ${threads}`);
  }
}

/** Refuses a plan that does not hold. */
export function checkGivenPlan(plan: Plan, model: Model): void {
  const [found] = validatePlan(plan, model);
  if (found !== undefined) throw new PlanError(`the plan does not hold: ${found.message}`);
}
