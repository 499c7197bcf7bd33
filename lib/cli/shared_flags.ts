import type { BenchOptions } from "../measure/bench.ts";
import type { MeasureProgress } from "../measure/measure_options.ts";
import type { PlanOptions } from "../plan/plan_options.ts";
import type { CommandContext, Flag, FlagValues } from "./command.ts";

/** The flag that every command which takes a model has. */
export const signatureFlag = {
  signature: {
    kind: "text",
    value: "NAME",
    about: "the signature to take the model by, where it has several (default: the first graph)",
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** Flags of every command that prints a table. */
export const tableFlags = {
  columns: {
    kind: "text",
    value: "LIST",
    about: "columns of the table to print, or all (default: the most important that fit)",
  },
  wide: { kind: "boolean", about: "print tables and texts as wide as they are" },
} as const satisfies Readonly<Record<string, Flag>>;

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
    kind: "size",
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

/** Flags of every command that times variants. */
export const timingFlags: Readonly<
  Record<"no-fma" | "seed" | "runs" | "budget" | "columns" | "wide" | "json" | "out", Flag>
> = {
  "no-fma": { kind: "boolean", about: "round every product before it is added" },
  seed: { kind: "integer", value: "N", about: "fixes inputs and order", default: 1 },
  runs: { kind: "integer", value: "N", about: "most samples a variant", default: 1000, least: 1 },
  budget: {
    kind: "number",
    value: "SECONDS",
    about: "time for everything; slow variants get fewer samples",
    default: 30,
    least: 0.1,
  },
  ...tableFlags,
  json: { kind: "boolean", about: "one JSON object on standard output" },
  out: {
    kind: "texts",
    writes: true,
    value: "FILE",
    about: "also write .arrow .csv .json .svg .png .html or .md; may be repeated",
  },
};

/** What {@link timingFlags} say, as options of `bench`, with progress for a person who watches. */
export function timingOptions(
  { flags, progress, signal }: CommandContext,
): Pick<BenchOptions, "fma" | "seed" | "runs" | "budgetMs" | "signal" | "onProgress"> {
  return {
    fma: !flags["no-fma"],
    signal,
    seed: flags.seed as number,
    runs: flags.runs as number,
    budgetMs: 1000 * (flags.budget as number),
    onProgress: (now) => progress(progressText(now)),
  };
}

/** Flags of the commands that time models. */
export const modelTimingFlags: Readonly<
  Record<"threads" | "seed" | "runs" | "budget" | "columns" | "wide" | "json" | "out", Flag>
> = {
  threads: { kind: "integer", value: "N", about: "threads that compute", default: 1, least: 1 },
  seed: { kind: "integer", value: "N", about: "fixes inputs and order", default: 1 },
  runs: { kind: "integer", value: "N", about: "most samples", default: 200, least: 1 },
  budget: {
    kind: "number",
    value: "SECONDS",
    about: "time for everything",
    default: 5,
    least: 0.1,
  },
  ...tableFlags,
  json: { kind: "boolean", about: "one JSON object on standard output" },
  out: {
    kind: "texts",
    writes: true,
    value: "FILE",
    about: "also write .arrow .csv .json .svg .png .html or .md; may be repeated",
  },
};

/** Flags that say which matrix product, for every command that works on one. */
export const matmulFlags: Readonly<Record<"m" | "k" | "n" | "dtype", Flag>> = {
  m: { kind: "integer", value: "N", about: "rows of A and C", default: 480, least: 1 },
  k: { kind: "integer", value: "N", about: "columns of A, rows of B", default: 480, least: 1 },
  n: { kind: "integer", value: "N", about: "columns of B and C", default: 480, least: 1 },
  dtype: { kind: "text", value: "f32|i8", about: "i8 sums into int32", default: "f32" },
};

/** What a measurement does now, and for how long it has gone on. */
export function progressText({ phase, name, elapsedMs, budgetMs }: MeasureProgress): string {
  const done = `${(elapsedMs / 1000).toFixed(1)} of ${(budgetMs / 1000).toFixed(0)} s`;
  return `${phase} ${name} (${done})`;
}
