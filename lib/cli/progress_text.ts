import type { MeasureProgress } from "../measure/measure_options.ts";

/** What a measurement does now, and for how long it has gone on. */
export function progressText({ phase, name, elapsedMs, budgetMs }: MeasureProgress): string {
  const done = `${(elapsedMs / 1000).toFixed(1)} of ${(budgetMs / 1000).toFixed(0)} s`;
  return `${phase} ${name} (${done})`;
}
