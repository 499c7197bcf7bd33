/**
 * What kernels work in while they run, for one target: it holds nothing before and after.
 *
 * @category Planner
 */
export interface PlanScratch {
  /** Whose kernels these are: a target of `emitC`. */
  readonly kernels: string;
  /** What each step works in, in the order of steps; those that need none are left out. */
  readonly steps: readonly StepScratch[];
  /** Bytes beside the arena, which all steps share. */
  readonly besideBytes: number;
}

/**
 * What the kernel of one step works in.
 *
 * @category Planner
 */
export interface StepScratch {
  /** Step of the plan. */
  readonly step: number;
  /** The kernel. */
  readonly kernel: string;
  /** In bytes of the arena that nothing lies in meanwhile, or in those beside it. */
  readonly place: "arena" | "beside";
  /** First byte there. */
  readonly offsetBytes: number;
  /** Bytes. */
  readonly sizeBytes: number;
}

/** Scratch memory begins at multiples of this: for loads of two words. */
export const SCRATCH_ALIGNMENT_BYTES = 8;

/** Most bytes beside the arena that kernels for Arm's DSP extension and Helium work in. */
export const MOST_BESIDE_BYTES = 1024;

/**
 * RAM of a plan: the arena, what kernels work in beside it, and state from run to run; inputs outside of
 * the arena and the stack come on top.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planMemory, planScratch, ramBytesOf, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const plan = planScratch(planMemory(model), model, { target: "cortex-m4" });
 * assert.equal(ramBytesOf(plan), plan.peakBytes + plan.scratch!.besideBytes);
 * ```
 *
 * @category Planner
 */
export function ramBytesOf(
  { peakBytes, scratch, stateBytes }: {
    readonly peakBytes: number;
    readonly scratch: PlanScratch | null;
    readonly stateBytes: number;
  },
): number {
  return peakBytes + (scratch?.besideBytes ?? 0) + stateBytes;
}
