/**
 * Deployment: a plan as C99 for a microcontroller, in exactly the arena that was promised.
 *
 * `emitC` gives the C alone, `deploy` a whole project with an example and golden vectors, for CMake,
 * Arduino, Zephyr or PlatformIO, which `writeDeployment` writes. `verifyDeployment` compiles it and
 * compares with the engine, `measureDeployment` measures Flash, RAM, stack and instructions by layer,
 * `estimateLatency` tells how long a frame will take on a device, `energyOf` how many millijoules.
 *
 * @example
 * ```ts
 * import { deploy } from "tinyloom/deploy";
 * import { zoo } from "tinyloom/model";
 * import { devices } from "tinyloom/plan";
 * import assert from "node:assert/strict";
 *
 * const { project, fit } = deploy(zoo("mlperf-tiny-kws"), {
 *   device: devices.nano33ble,
 *   prefix: "kws",
 * });
 * assert(fit?.fits);
 * assert.deepEqual(project.sources, ["kws.c", "kws_weights.c", "kws_harness.c"]);
 * ```
 *
 * @module
 */

export { deploy, type Deployment, type DeploymentOptions } from "./deploy.ts";
export { DeployError } from "./tools.ts";
export {
  type BoardName,
  type DeployTarget,
  type DeployTargetName,
  deployTargets,
} from "./deploy_targets.ts";
export {
  briefDeploymentColumns,
  type DeploymentRow,
  deploymentRows,
  type DeploymentTotals,
  deploymentTotals,
  type FlashParts,
} from "./deployment_table.ts";
export { measureDeployment, type MeasureDeploymentOptions } from "./measure_deployment.ts";
export type { Project } from "./project/project.ts";
export type { ProjectLayout } from "./project/build_files.ts";
export { readDeploymentLog } from "./read_log.ts";
export {
  type DeploymentCheck,
  verifyDeployment,
  writeDeployment,
  type WriteDeploymentOptions,
} from "./write_deployment.ts";
export {
  estimateLatency,
  type EstimateLatencyOptions,
  type LatencyEstimate,
} from "./latency/estimate_latency.ts";
export {
  type EnergyEstimate,
  energyOf,
  type EnergyOptions,
  type LayerEnergy,
  type OperationEnergy,
  operationEnergy,
} from "./latency/energy_of.ts";
export type { CycleModel } from "./latency/instruction_costs.ts";
export type { CKernelOptions, CTarget } from "./c_kernels.ts";
export { emitC, type EmitCOptions, type EmittedC } from "./c/emit_c.ts";
export type { EmittedLayer } from "./c/program.ts";
export { planScratch, type PlanScratchOptions } from "./plan_scratch.ts";
