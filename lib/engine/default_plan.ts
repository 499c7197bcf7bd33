import type { Model } from "../model/model.ts";
import { planMemory } from "../plan/plan_memory.ts";
import type { Plan } from "../plan/plan.ts";
import { PlanError } from "../plan/plan_options.ts";
import { type TechniqueName, techniqueNames } from "../plan/techniques.ts";
import type { OptimizationName } from "./ablation/tinyengine_techniques.ts";

const SERIAL_TECHNIQUES: readonly TechniqueName[] = ["in-place-depthwise", "overlap"];

/** Kernels compute up to this many pixels together: a few bytes more in the arena. */
export const KERNEL_PIXELS = 4;

/** In place they compute at least this many channels together. */
export const KERNEL_CHANNELS = 8;

/**
 * The plan of an engine that is given none: the smallest the planner knows; for several threads without
 * operators that overwrite their input, which cannot be shared out; and with PAD operators of their
 * own where nothing is fused.
 */
export function defaultPlan(
  model: Model,
  { threads, optimizations }: {
    readonly threads: number;
    readonly optimizations: readonly OptimizationName[];
  },
): Plan {
  const without: readonly TechniqueName[] = [
    ...threads === 1 ? [] : SERIAL_TECHNIQUES,
    ...optimizations.includes("operator-fusion") ? [] : ["fold-pad" as const],
  ];
  const techniques = techniqueNames.filter((name) => !without.includes(name));
  return planMemory(model, { techniques, pixels: KERNEL_PIXELS, channels: KERNEL_CHANNELS });
}

/**
 * What an engine may take.
 *
 * @category Engine
 */
export interface EngineLimits {
  /** Bytes of the arena, 2^28 (256 MiB) if left out: a few bytes of a file can claim any size. */
  readonly arenaBytes?: number;
}

/** Refuses a plan whose arena is larger than it may be, before memory is taken for it. */
export function checkArena({ peakBytes }: Plan, { arenaBytes = 2 ** 28 }: EngineLimits = {}): void {
  if (peakBytes <= arenaBytes) return;
  throw new PlanError(
    `an arena of ${peakBytes} bytes, needed at most ${arenaBytes} (limits.arenaBytes)`,
  );
}
