import { shown } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import { compileUnits } from "../engine/compile_units.ts";
import { besideBytesOf } from "../engine/step_scratch.ts";
import type { OptimizationName } from "../engine/ablation/tinyengine_techniques.ts";
import type { Model } from "../model/model.ts";
import type { Device } from "../plan/devices.ts";
import { fits } from "../plan/fits.ts";
import type { Plan } from "../plan/plan.ts";
import { cKernels } from "./c_kernels.ts";
import { deployTarget, type DeployTargetName, targetOf } from "./deploy_targets.ts";

/**
 * Options of `planScratch`.
 *
 * @category Deployment
 */
export interface PlanScratchOptions {
  /** The processor; the device's, `portable` without one, if left out. */
  readonly target?: DeployTargetName;
  /** The microcontroller: whether the plan fits it is said anew. */
  readonly device?: Device;
  /** SRAM that the application keeps for itself; 0 if left out. */
  readonly reserveBytes?: number;
  /** Whether kernels are fast or small; `speed` if left out. */
  readonly optimize?: "speed" | "size";
  /** Scalar kernels written with these only, for the target `portable`; all if left out. */
  readonly optimizations?: readonly OptimizationName[];
}

/**
 * The plan with what the kernels of a deployment work in: widened pixels, columns and results that are
 * held back. They take bytes of the arena that nothing lies in while their step runs, the longest
 * stretch of them, and where it is too short memory beside the arena, on `cortex-m4` and `cortex-m55`
 * at most 1 KiB of it.
 *
 * `emitC` and `deploy` do this for a plan that has none, and run in a plan that has it exactly as it
 * says. RAM is `peakBytes`, `scratch.besideBytes` and `stateBytes`.
 *
 * @throws {EngineError} for an operator that the target has no kernel for.
 * @throws {RangeError} for an unknown target, or optimizations that it does not have.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planMemory, planScratch, validatePlan, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const plan = planScratch(planMemory(model), model, { target: "cortex-m4" });
 * assert.ok(plan.scratch!.besideBytes <= 1024);
 * assert.deepEqual(validatePlan(plan, model), []);
 *
 * const [first, ...rest] = plan.scratch!.steps;
 * const moved = { ...first, place: "arena" as const, offsetBytes: 0 };
 * const wrong = { ...plan, scratch: { ...plan.scratch!, steps: [moved, ...rest] } };
 * assert.match(validatePlan(wrong, model)[0].message, /scratch memory of step 0 .* lies over t/);
 * ```
 *
 * @category Deployment
 */
export function planScratch(
  plan: Plan,
  model: Model,
  options: PlanScratchOptions = {},
): Plan {
  checkOptions("planScratch", options, "target device reserveBytes optimize optimizations");
  checkArguments("planScratch", { plan, model });
  const { device, reserveBytes, optimize = "speed", optimizations } = options;
  const name = options.target ?? (device === undefined ? "portable" : targetOf(device));
  const { kernels: target } = deployTarget(name);
  const kernels = cKernels({ target, optimize, optimizations });
  const { scratch: steps } = compileUnits(model, { ...plan, scratch: null }, kernels);
  const scratch = {
    kernels: optimize === "size" ? `${target}, small` : target,
    steps,
    besideBytes: besideBytesOf(steps),
  };
  const planned = { ...plan, scratch };
  const fit = device === undefined ? {} : { fit: fits(planned, device, { reserveBytes }) };
  return shown({ ...planned, ...fit }, "plan");
}
