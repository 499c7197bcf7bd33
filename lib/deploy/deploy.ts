import { lookedAfter } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { OptimizationName } from "../engine/ablation/tinyengine_techniques.ts";
import type { ConstantArray } from "../model/constant.ts";
import type { Model } from "../model/model.ts";
import type { Device } from "../plan/devices.ts";
import { fits } from "../plan/fits.ts";
import type { Fit } from "../plan/fit.ts";
import type { Plan } from "../plan/plan.ts";
import { planMemory } from "../plan/plan_memory.ts";
import type { PlanOptions } from "../plan/plan_options.ts";
import { emitC, type EmittedC } from "./c/emit_c.ts";
import { deployTarget, type DeployTargetName, targetOf } from "./deploy_targets.ts";
import type { ProjectLayout } from "./project/build_files.ts";
import { checkLayout, type Project, projectOf } from "./project/project.ts";

/**
 * Options of `deploy`.
 *
 * @category Deployment
 */
export interface DeploymentOptions {
  /** The microcontroller; without one nothing is said about fitting, and `target` decides. */
  readonly device?: Device;
  /** The processor; the device's, `portable` without one, if left out. */
  readonly target?: DeployTargetName;
  /**
   * The plan to run in; the smallest with `planOptions` if left out. What kernels work in is added
   * where it does not say so: see `planScratch`.
   */
  readonly plan?: Plan;
  /** How to plan: `fusion`, `input`, budgets. */
  readonly planOptions?: PlanOptions;
  /** What names in C begin with, an identifier; `model` if left out. */
  readonly prefix?: string;
  /** The build system; `cmake` if left out. */
  readonly layout?: ProjectLayout;
  /** SRAM and stack that the application keeps for itself; 0 if left out. */
  readonly reserveBytes?: number;
  /** `size`: the smallest code, several times slower; `speed` if left out. */
  readonly optimize?: "speed" | "size";
  /** Inputs of the golden vectors, in order; two random frames if left out. */
  readonly frames?: readonly (readonly ConstantArray[])[];
  /** Scalar kernels written with these only, for the target `portable`; all if left out. */
  readonly optimizations?: readonly OptimizationName[];
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * A model as a project for a microcontroller: files as data.
 *
 * @category Deployment
 */
export interface Deployment {
  /** The model. */
  readonly model: Model;
  /** The processor. */
  readonly target: DeployTargetName;
  /** The microcontroller, if one was named. */
  readonly device: Device | null;
  /** Whether kernels are fast or small. */
  readonly optimize: "speed" | "size";
  /** The C, its plan and its sizes. */
  readonly emitted: EmittedC;
  /** All files by their paths in the project, and which of them is what. */
  readonly project: Project;
  /** Whether it fits the device; null without one. */
  readonly fit: Fit | null;
}

/**
 * A model as a C project that builds as it is: the model's sources, a header that says how to call it,
 * an example, golden vectors with a self-test, a README, and what one build system needs.
 *
 * `writeDeployment` writes it to a folder, `verifyDeployment` runs its self-test,
 * `measureDeployment` measures it.
 *
 * @throws {RangeError} for an unknown target or layout, a prefix that is no identifier, or
 *   optimizations that the target does not have.
 * @throws {EngineError} for an operator that the target has no kernel for.
 * @throws {PlanError} if the plan given does not hold for the model, or none is within the budgets.
 * @throws {ModelError} if the model is not consistent.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deploy, devices, zoo } from "tinyloom";
 *
 * const { project, fit, emitted } = deploy(zoo("mlperf-tiny-kws"), {
 *   device: devices.nano33ble,
 *   prefix: "kws",
 * });
 * assert.ok(fit?.fits);
 * assert.deepEqual(project.sources, ["kws.c", "kws_weights.c", "kws_harness.c"]);
 * assert.ok(project.files["README.md"].includes(`${emitted.plan.peakBytes.toLocaleString("en")} B`));
 * ```
 *
 * @category Deployment
 */
export function deploy(model: Model, options: DeploymentOptions = {}): Deployment {
  checkOptions(
    "deploy",
    options,
    "device target plan planOptions prefix layout reserveBytes optimize frames",
    "optimizations signal",
  );
  checkArguments("deploy", { model });
  return lookedAfter(null, () => deployed(model, options), { signal: options.signal });
}

function deployed(model: Model, options: DeploymentOptions): Deployment {
  const { device = null, layout = "cmake", prefix = "model", reserveBytes = 0 } = options;
  const { frames, optimizations, optimize = "speed" } = options;
  const target = options.target ?? (device === null ? "portable" : targetOf(device));
  const { kernels } = deployTarget(target);
  checkLayout(layout);
  const plan = options.plan ?? smallestPlan(model, options.planOptions);
  const emitted = emitC(model, {
    plan,
    target: kernels,
    prefix,
    frames,
    optimize,
    optimizations,
  });
  return {
    model,
    target,
    device,
    optimize,
    emitted,
    project: projectOf(emitted, { layout, target, device, name: model.name || prefix }),
    fit: device === null ? null : fits(emitted.plan, device, { reserveBytes }),
  };
}

/** The smallest plan; where it costs no byte with what makes kernels fast. */
function smallestPlan(model: Model, options: PlanOptions = {}): Plan {
  const plan = planMemory(model, options);
  // Wide loads want multiples of 4, depthwise kernels four channels together.
  for (
    const better of [{ alignmentBytes: 4, channels: 4 }, { channels: 4 }, { alignmentBytes: 4 }]
  ) {
    const fast = planMemory(model, { ...better, ...options });
    if (fast.peakBytes === plan.peakBytes) return fast;
  }
  return plan;
}
