import type { PlanOptions } from "../plan/plan_options.ts";
import type { Flag, FlagValues } from "./command.ts";

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
