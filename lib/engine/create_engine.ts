import { createPool, type ThreadPool } from "../codegen/thread_pool.ts";
import { checkModel } from "../model/check_model.ts";
import type { Model } from "../model/model.ts";
import type { Plan, PlanStep } from "../plan/plan.ts";
import { PlanError } from "../plan/plan_error.ts";
import { validatePlan } from "../plan/validate_plan.ts";
import {
  checkOptimizations,
  type OptimizationName,
  optimizationNames,
  scalarOptionsOf,
} from "./ablation/optimizations.ts";
import { ALL_LAYERS, buildMarkedModule, buildModule } from "./build_module.ts";
import { compileUnits } from "./compile_units.ts";
import { defaultPlan } from "./default_plan.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./engine_error.ts";
import { hasExactRelaxedDot } from "../codegen/exact_relaxed_dot.ts";
import { inputPort } from "./input_port.ts";
import { PAGE_BYTES } from "./memory_map.ts";
import { outputPort } from "./output_port.ts";
import { prepareOperators } from "./reference/prepare_operators.ts";
import { checkChoices, type ChosenSchedule, type KernelChoices } from "./select/kernel_choices.ts";
import { machineKey } from "./select/machine_key.ts";
import { type Schedules, schedulesByStep } from "./select/schedules_by_step.ts";
import { resetState } from "./reset_state.ts";
import { setRuntime } from "./runtime.ts";

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
}

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
 * @throws {PlanError} if the plan given does not hold for the model.
 * @throws {ScheduleError} if a schedule given is not legal, or not one that its layer can be run by.
 * @throws {RangeError} for a schedule of a layer that is not there, for a number of threads out of range, an unknown optimization, or one without
 *   those that it builds on.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createEngine, run, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * const [output] = run(engine, [new Int8Array(640)]);
 * assert.equal(output.length, 640);
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
 *   step.op === "tile" ? { ...step, sizes: { ...step.sizes, o: 8 } } : step
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
 * assert.equal(engine.memory.arenaBytes, plan.peakBytes);
 * ```
 *
 * @category Engine
 */
export function createEngine(model: Model, options: EngineOptions = {}): Engine {
  const { pool: given, checked = false } = options;
  const threads = options.threads ?? given?.threads ?? 1;
  const names = options.optimizations ?? optimizationNames;
  checkOptimizations(names);
  checkThreads(threads, given, checked);
  if (threads > 1 && !names.includes("threads")) {
    throw new RangeError(`${threads} threads without the optimization "threads", needed 1`);
  }
  const isForArm = (options.dsp ?? false) || (options.helium ?? false);
  if (isForArm && threads > 1) {
    throw new RangeError(`kernels for Arm run on one thread, found ${threads}`);
  }
  checkModel(model);
  prepareOperators(model);
  const plan = options.plan ?? defaultPlan(model, { threads, optimizations: names });
  if (options.plan !== undefined) checkPlan(plan, model);
  const hasRelaxedDot = (options.relaxedDot ?? true) && hasExactRelaxedDot();
  if (options.relaxedDot && !hasRelaxedDot) {
    throw new EngineError("relaxedDot, but this machine does not multiply int8 by uint8 exactly");
  }
  const choices = options.kernels === undefined ? null : choicesHere(options.kernels);
  const { map, constants, checks, layers, stepKernels, units } = compileUnits(model, plan, {
    target: options.helium ? "helium" : options.dsp ? "dsp" : "wasm",
    threads,
    checked,
    hasRelaxedDot,
    schedules: schedulesByStep(plan, options.schedules ?? {}),
    choices,
    scalar: isForArm ? null : scalarOptionsOf(names),
  });
  const kernels = units.map(({ kernel }) => kernel);

  const { spaces } = map;
  const memoryPages = Math.ceil((spaces.constants + constants.sizeBytes) / PAGE_BYTES);
  const shared = threads > 1;
  const wasm = buildModule(kernels, { memoryPages, shared, checked, spaces });
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages, shared });
  const bytes = new Uint8Array(memory.buffer);
  constants.writeTo(bytes.subarray(spaces.constants));
  const module = new WebAssembly.Module(wasm);
  const host = { ...checks?.host };
  const { exports } = new WebAssembly.Instance(module, { kernel: { memory }, host });
  const runLayer = exports.run as (thread: number, threads: number, layer: number) => void;

  const own = threads > 1 && given === undefined ? createPool(threads) : null;
  const pool = given ?? own;
  const loaded = threads > 1 ? pool!.load(module, memory) : -1;
  let released = false;
  const engine: Engine = {
    model,
    plan,
    threads,
    checked,
    layers: units.map(({ steps, segment, kernel: { kernel, nest, remarks, isParallel } }) => {
      const { operator, name: own } = plan.steps[steps[0]];
      const name = segment === null ? own : "SEGMENT";
      const schedule = nest?.steps ?? [];
      return { operator, name, steps, segment, kernel, schedule, remarks, isParallel };
    }),
    memory: {
      arenaBytes: plan.peakBytes,
      constantBytes: constants.sizeBytes,
      stateBytes: map.stateBytes,
      externalBytes: map.externalBytes,
      workspaceBytes: map.workspace.sizeBytes,
    },
    wasm,
    [Symbol.dispose]: () => {
      if (released) return;
      released = true;
      if (threads > 1) pool!.unload(loaded);
      own?.[Symbol.dispose]();
    },
  };
  const refusals = stepKernels.flatMap(({ refusal }, i) => (
    refusal === undefined ? [] : [{
      address: spaces[refusal.word.space] + refusal.word.offsetBytes,
      reason: refusal.reason,
      step: layers[i].step,
    }]
  ));
  /** Calls `own` while the pool's other threads run a layer, or all. */
  function together(layer: number, own: () => void): void {
    if (released) throw new TypeError("The engine was released; create it again");
    if (threads === 1) own();
    else pool!.run(loaded, layer, own);
    if (refusals.length > 0) refuse(refusals, bytes);
  }
  setRuntime(engine, {
    bytes,
    map,
    inputs: model.inputs.map((given, i) =>
      inputPort(`input ${i}`, {
        given: model.tensors[given],
        taken: model.tensors[plan.inputs[i]],
        bytes,
        address: map.addressOf(plan.inputs[i]),
      })
    ),
    outputs: model.outputs.map((given, i) =>
      outputPort({
        given: model.tensors[given],
        kept: model.tensors[plan.outputs[i]],
        bytes,
        address: map.addressOf(plan.outputs[i]),
      })
    ),
    layers: units.map(({ steps, segment }) => segment === null ? layers[steps[0]] : null),
    kernels,
    checks,
    call: (layer) => together(layer, () => runLayer(0, threads, layer)),
    compileMarked: (mark) => {
      const marked = new WebAssembly.Module(
        buildMarkedModule(kernels, { memoryPages, shared, checked, spaces }),
      );
      const imports = { kernel: { memory }, host: { ...host, mark } };
      const runMarked = new WebAssembly.Instance(marked, imports).exports.run as typeof runLayer;
      return () => together(ALL_LAYERS, () => runMarked(0, threads, ALL_LAYERS));
    },
  });
  resetState(engine);
  return engine;
}

function choicesHere(choices: KernelChoices): ReadonlyMap<string, ChosenSchedule> {
  checkChoices(choices);
  return new Map(Object.entries(choices.machines[machineKey()] ?? {}));
}

/** Threads cannot throw one by one: what a kernel refuses, it says in memory. */
function refuse(
  refusals: readonly {
    readonly address: number;
    readonly reason: string;
    readonly step: PlanStep;
  }[],
  bytes: Uint8Array,
): void {
  for (const { address, reason, step: { operator, name } } of refusals) {
    if (bytes[address] === 0) continue;
    bytes[address] = 0;
    throw new RangeError(`operator ${operator} ${name}: ${reason}`);
  }
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
export function checkPlan(plan: Plan, model: Model): void {
  const [found] = validatePlan(plan, model);
  if (found !== undefined) throw new PlanError(`the plan does not hold: ${found.message}`);
}
