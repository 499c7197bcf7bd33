import type { Case } from "./case.ts";

/**
 * The smallest case that still fails, by delta debugging (Zeller and Hildebrandt, 2002): parts are
 * left out, large ones first, as long as what is left `fails`; then from the beginning, until no part
 * can be left out or the time is up.
 */
export async function minimise(
  found: Case,
  { fails, timeMs }: {
    readonly fails: (smaller: Case) => Promise<boolean>;
    readonly timeMs: number;
  },
): Promise<Case> {
  const deadline = performance.now() + timeMs;
  let least = found;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const next of least.smaller()) {
      if (performance.now() > deadline) return least;
      if (!await fails(next)) continue;
      [least, isSmaller] = [next, true];
      break;
    }
  }
  return least;
}

/** What failures of one kind have in common: their words without numbers. */
export function signatureOf(error: string): string {
  return error.replace(/[-+\d.,[\]]+/g, "#").slice(0, 60);
}
