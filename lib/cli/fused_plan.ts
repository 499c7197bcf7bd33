import { KERNEL_PIXELS } from "../engine/default_plan.ts";
import type { Model } from "../model/model.ts";
import type { Plan } from "../plan/plan.ts";
import { planMemory } from "../plan/plan_memory.ts";
import { PlanError } from "../plan/plan_options.ts";
import { type FlagValues, UsageError } from "./command.ts";
import { fusedRunFlags, fusionOptions } from "./shared_flags.ts";

/**
 * The plan that the flags ask for; undefined if they ask for none.
 *
 * @throws {UsageError} no plan is within the budgets, or a flag lacks `--fusion`.
 */
export function fusedPlan(model: Model, flags: FlagValues): Plan | undefined {
  const options = fusionOptions(flags);
  const isExternal = flags["external-input"] === true;
  if (options.fusion === undefined) {
    const lost = Object.keys(fusedRunFlags).find((name) => flags[name]);
    if (lost !== undefined) throw new UsageError(`--${lost} needs --fusion`);
    return undefined;
  }
  try {
    const input = isExternal ? "external" : "resident";
    return planMemory(model, { ...options, input, pixels: KERNEL_PIXELS });
  } catch (error) {
    if (!(error instanceof PlanError || error instanceof RangeError)) throw error;
    throw new UsageError(error.message);
  }
}
