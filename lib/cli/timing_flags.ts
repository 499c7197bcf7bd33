import type { BenchOptions } from "../measure/bench.ts";
import type { CommandContext, Flag } from "./command.ts";
import { progressText } from "./progress_text.ts";

/** Flags of every command that times variants. */
export const timingFlags: Readonly<
  Record<"no-fma" | "seed" | "runs" | "budget" | "json" | "out", Flag>
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
  json: { kind: "boolean", about: "one JSON object on standard output" },
  out: {
    kind: "texts",
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
