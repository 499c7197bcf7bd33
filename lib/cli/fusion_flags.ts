import type { Model } from "../model/model.ts";
import { KERNEL_PIXELS } from "../engine/default_plan.ts";
import { planMemory } from "../plan/plan_memory.ts";
import type { Plan } from "../plan/plan.ts";
import { PlanError } from "../plan/plan_error.ts";
import type { PlanOptions } from "../plan/plan_options.ts";
import type { Flag, FlagValues } from "./command.ts";
import { UsageError } from "./usage_error.ts";

/** Flags on operators that run together. */
export const fusionFlags = {
  fusion: {
    kind: "text",
    value: "none|patch|rolling|best",
    about: "operators that run together: tile by tile, rows on demand, or whatever is best " +
      "(default: none)",
  },
  granularity: {
    kind: "text",
    value: "row|pixel",
    about: "what rolling segments compute at a time; pixels also where they save memory " +
      "(default: row)",
  },
  "most-tiles": {
    kind: "integer",
    value: "N",
    about: "rows and columns of tiles, and strips, at most (default: 8)",
    least: 1,
  },
  "mac-budget": {
    kind: "number",
    value: "F",
    about: "multiply-accumulates at most, as a factor of the model's (default: 1, without limit " +
      "for patch, a memory budget and the frontier)",
    least: 1,
  },
  "memory-budget": {
    kind: "integer",
    value: "BYTES",
    about: "the fewest multiply-accumulates in an arena of at most this many bytes; exit code 1 " +
      "if there is no such plan",
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** Those flags and where the input lies, for commands that run what is planned. */
export const fusedRunFlags = {
  ...fusionFlags,
  "external-input": {
    kind: "boolean",
    about: "leave the input outside of the arena, with --fusion",
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** What the flags say, as options of `planMemory`. */
export function fusionOptions(flags: FlagValues): PlanOptions {
  const given = Object.entries({
    fusion: flags.fusion,
    granularity: flags.granularity,
    mostTiles: flags["most-tiles"],
    macBudget: flags["mac-budget"],
    memoryBudget: flags["memory-budget"],
  }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

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
