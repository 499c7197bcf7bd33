/**
 * The memory planner: where each tensor of a model lies in the arena, in the fewest bytes.
 *
 * `planMemory` orders operators, lets outputs overlap inputs, fuses operators into patches or rolling
 * rows, and proves how far from the least it is. A plan is data: `planTable` prints it, `validatePlan`
 * replays it byte by byte, `planLadder` shows what each technique brings, `fusionFrontier` what memory
 * costs in multiply-accumulates. `fits` compares with microcontrollers (`devices`); `offlinePlan`
 * writes what TensorFlow Lite Micro reads. `allocate` places buffers of any origin.
 *
 * @example
 * ```ts
 * import { devices, fits, planMemory } from "tinyloom/plan";
 * import { zoo } from "tinyloom/model";
 * import assert from "node:assert/strict";
 *
 * const plan = planMemory(zoo("mobilenet_v2"), { fusion: "rolling", input: "external" });
 * assert.equal(plan.peakBytes, 123_648); // layer by layer 1,204,239
 * assert(!fits(plan, devices.stm32f746).fits); // its weights are too large for the Flash
 * ```
 *
 * @module
 */

export {
  type Allocation,
  type Buffer,
  lowerBound,
  type LowerBoundOptions,
  type PlacedBuffer,
} from "./allocate/buffers.ts";
export type { AllocateRules } from "./allocate/problem.ts";
export { allocate, type AllocateOptions } from "./allocate/allocate.ts";
export { allocateGreedy, type AllocateGreedyOptions } from "./allocate/allocate_greedy.ts";
export {
  validateAllocation,
  type ValidateAllocationOptions,
} from "./allocate/validate_allocation.ts";
export {
  guillotineInstance,
  type GuillotineOptions,
  readBuffersCsv,
  writeBuffersCsv,
} from "./allocate/instances.ts";
export { type Device, type DeviceName, devices } from "./devices.ts";
export { depthwiseDelay, type DepthwiseDelayOptions } from "./in_place_depthwise.ts";
export type { Fit, FlashBytes } from "./fit.ts";
export type {
  LiveTensor,
  Plan,
  PlanBuffer,
  PlanPeak,
  PlanStep,
  RemovedOperator,
  SharedBytes,
  StepForm,
  SubgraphPlan,
} from "./plan.ts";
export { type FitOptions, fits, flashBytes } from "./fits.ts";
export { type InputPlace, PlanError, type PlanOptions, type ScratchModel } from "./plan_options.ts";
export { kernelScratch, type ScratchBuffer } from "./kernel_scratch.ts";
export { type Lifetime, lifetimes } from "./lifetimes.ts";
export type { ImagePadding, LoopDirection, SlidingWindow } from "./sliding_window.ts";
export {
  type OperatorOrder,
  orderOperators,
  type OrderOptions,
  planMemory,
} from "./plan_memory.ts";
export {
  elementwiseDistance,
  type ElementwiseExtent,
  type OverlapDistance,
  overlapDistance,
  type OverlapDistanceOptions,
} from "./overlap_distance.ts";
export {
  type InPlaceRule,
  type OverlapRule,
  overlapRules,
  type OverlapRulesOptions,
} from "./overlap_rules.ts";
export type {
  ComputeStep,
  CopyStep,
  Extent,
  FusionMode,
  Granularity,
  MicroStep,
  PassWindow,
  PlanSegment,
  ReduceStep,
  SegmentPass,
  SegmentRing,
} from "./segment.ts";
export {
  type HeldBytes,
  type SegmentMoment,
  segmentMoments,
  type SegmentMomentsOptions,
} from "./segment_moments.ts";
export { type TechniqueName, techniqueNames, techniques } from "./techniques.ts";
export type { PlanFinding } from "./validate/check_removed.ts";
export { checkPlan, readPlan, validatePlan, type ValidatePlanOptions } from "./validate_plan.ts";
export { type PatchStage, patchStage, type PatchStageOptions } from "./patch_stage.ts";
export { fusionFrontier } from "./fusion_frontier.ts";
export { offlinePlan, tflmGreedyPlan, withOfflinePlan } from "./offline_plan.ts";
export { type LadderRung, planLadder } from "./plan_ladder.ts";
export { type PlanScratch, ramBytesOf, type StepScratch } from "./scratch.ts";
