import { lookedAfter } from "../../host.ts";
import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { printKernels } from "../../codegen/c/print_kernels.ts";
import { compileUnits } from "../../engine/compile_units.ts";
import { checkGivenPlan } from "../../engine/create_engine.ts";
import { isArm } from "../../engine/layer.ts";
import { prepareOperators } from "../../engine/reference/prepare_operators.ts";
import { preparedModel } from "../../engine/reference/prepared_model.ts";
import { checkModel } from "../../model/check_model.ts";
import type { ConstantArray } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import type { Plan } from "../../plan/plan.ts";
import { planMemory } from "../../plan/plan_memory.ts";
import { ramBytesOf } from "../../plan/scratch.ts";
import { type CKernelOptions, cKernels, type CTarget } from "../c_kernels.ts";
import { planScratch } from "../plan_scratch.ts";
import { goldenFrames, goldenTexts, weightsText } from "./array_texts.ts";
import { exampleText, harnessText } from "./harness_text.ts";
import { headerText } from "./header_text.ts";
import {
  checkPrefix,
  cPorts,
  type CProgram,
  type EmittedLayer,
  integerEdges,
  memoriesOf,
} from "./program.ts";
import { sourceText } from "./source_text.ts";

/**
 * Options of `emitC`.
 *
 * @category Deployment
 */
export interface EmitCOptions extends CKernelOptions {
  /**
   * The plan to run in; the smallest that `planMemory` knows if left out. What kernels work in is
   * what it says; `planScratch` adds that where it says nothing.
   */
  readonly plan?: Plan;
  /** What names in C begin with, an identifier; `model` if left out. */
  readonly prefix?: string;
  /** Inputs of the golden vectors, in order; two random ones that the model is defined for if left out, none: no self-test. */
  readonly frames?: readonly (readonly ConstantArray[])[];
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * A model as C.
 *
 * @category Deployment
 */
export interface EmittedC {
  /** Text of each file by its name; those of the model lie at the top. */
  readonly files: Readonly<Record<string, string>>;
  /** What names begin with. */
  readonly prefix: string;
  /** What it is for. */
  readonly target: CTarget;
  /** Where its tensors lie. */
  readonly plan: Plan;
  /** What runs at a time, in the order of `PREFIX_ON_LAYER(i)`. */
  readonly layers: readonly EmittedLayer[];
  /** Bytes by what they are for; the arena is `plan.peakBytes`, scratch `plan.scratch.besideBytes`. */
  readonly memory: {
    readonly arenaBytes: number;
    readonly stateBytes: number;
    readonly scratchBytes: number;
    readonly externalBytes: number;
    /** Arena, state and scratch memory, and 4 bytes where operators may refuse what they are given. */
    readonly ramBytes: number;
    readonly constantBytes: number;
    /** Of the constants: what is no weight or bias, such as multipliers, shifts, lookup tables, padding. */
    readonly tableBytes: number;
  };
  /** Whether it computes with floating-point numbers, and so needs `math.h`. */
  readonly usesFloats: boolean;
  /** Golden vectors in the self-test; 0: there is none. */
  readonly frames: number;
  /** Inputs that are floats in the model and integers here. */
  readonly floatInputs: readonly number[];
  /** Outputs that are floats in the model and integers here. */
  readonly floatOutputs: readonly number[];
}

/**
 * Prints a model as portable C99 that computes what the engine computes, bit for bit, in an arena of
 * exactly `plan.peakBytes`: no allocation, no recursion, nothing of the C library but `memcpy`
 * (`math.h` where the model computes with floating-point numbers).
 *
 * `PREFIX.h` is the interface, `PREFIX.c` and `PREFIX_weights.c` are the model, `PREFIX_harness.c` is
 * empty unless there is a `tinyloom_model.h`; `example/main.c` shows how to call it, `test/` has
 * golden vectors and a program that compares to them. Where operators may refuse what they are given,
 * an index that is out of range, `PREFIX_refused()` tells whether one did.
 *
 * @throws {EngineError} for an operator that is not supported, or not for its types.
 * @throws {ModelError} if the model is not consistent.
 * @throws {PlanError} if the plan given does not hold for the model.
 * @throws {RangeError} for a prefix that is no identifier, an unknown target, or optimizations that it
 *   does not have.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { emitC, planMemory, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const plan = planMemory(model);
 * const { files } = emitC(model, { plan, prefix: "kws" });
 * assert.match(files["kws.h"], new RegExp(`KWS_ARENA_BYTES ${plan.peakBytes}\\b`));
 * assert.match(files["kws.c"], /void kws_invoke\(void\)/);
 * ```
 *
 * @category Deployment
 */
export function emitC(given: Model, options: EmitCOptions = {}): EmittedC {
  checkOptions("emitC", options, "plan prefix frames target optimize optimizations signal");
  checkArguments("emitC", { model: given });
  return lookedAfter(null, () => emit(given, options), { signal: options.signal });
}

function emit(given: Model, options: EmitCOptions): EmittedC {
  const { target = "portable", prefix = "model" } = options;
  checkPrefix(prefix);
  const unitOptions = cKernels(options);
  checkModel(given);
  const model = preparedModel(given);
  prepareOperators(model);
  const plan = withScratch(options.plan ?? planMemory(model), model, options);
  const isArmCode = isArm(unitOptions);
  const { map, constants, units, stepKernels, flow, flat } = compileUnits(model, plan, unitOptions);
  const code = [...new Set(units.flatMap(({ kernel }) => kernel.code))];
  const kernels = printKernels(code, {
    constants: `${prefix}_weights`,
    thumb: isArmCode ? prefix : null,
  });
  const layers = units.map(({ steps: [from, until], segment, kernel }) => ({
    operators: flat.plan.steps.slice(from, until).map(({ operator }) => operator),
    name: segment === null ? flat.plan.steps[from].name : "SEGMENT",
    kernel: kernel.kernel,
  }));
  const constantBytes = new Uint8Array(constants.sizeBytes);
  constants.writeTo(constantBytes);
  const layerAt = new Map(units.map(({ steps: [from] }, layer) => [from, layer]));
  const program: CProgram = {
    model,
    plan,
    prefix,
    macro: prefix.toUpperCase(),
    layers: layers.map((layer, i) => {
      const { code: [entry], end } = units[i].kernel;
      return { ...layer, entry: entry.name, endByte: end?.offsetBytes ?? null };
    }),
    kernels,
    flow: flow && { ...flow, layerAt: (step) => layerAt.get(step) },
    memories: memoriesOf(model, plan, { map, usesWords: isArmCode }),
    ports: cPorts(model, { plan, map }),
    constants: constantBytes,
    constantParts: constants.parts,
    canRefuse: stepKernels.some(({ refusal }) => refusal !== undefined),
  };
  const { inputs, outputs } = program.ports;
  const frames = options.frames?.length === 0
    ? []
    : goldenFrames(given, { plan, frames: options.frames });
  const files = {
    [`${prefix}.h`]: headerText(program),
    [`${prefix}.c`]: sourceText(program),
    [`${prefix}_weights.c`]: weightsText(program),
    [`${prefix}_harness.c`]: harnessText(program),
    "example/main.c": exampleText(program),
    ...frames.length === 0 ? {} : goldenTexts(program, frames),
  };
  return {
    files,
    prefix,
    target,
    plan,
    layers,
    memory: {
      arenaBytes: plan.peakBytes,
      stateBytes: map.stateBytes,
      scratchBytes: map.workspace.sizeBytes,
      externalBytes: map.externalBytes,
      ramBytes: ramBytesOf({ ...plan, stateBytes: map.stateBytes }) + (program.canRefuse ? 4 : 0),
      constantBytes: constants.sizeBytes,
      // Weights lie between their multipliers, at multiples of their words.
      tableBytes: Math.max(0, constants.sizeBytes - plan.flash.weightsBytes - plan.flash.biasBytes),
    },
    usesFloats: kernels.usesFloats,
    frames: frames.length,
    floatInputs: integerEdges(inputs),
    floatOutputs: integerEdges(outputs),
  };
}

/** A plan that says what kernels work in, and holds. */
function withScratch(plan: Plan, model: Model, options: EmitCOptions): Plan {
  checkGivenPlan(plan, model);
  if (plan.scratch) return plan;
  const { target, optimize, optimizations } = options;
  const planned = planScratch(plan, model, { target, optimize, optimizations });
  checkGivenPlan(planned, model);
  return planned;
}
