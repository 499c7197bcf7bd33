import type { Timed } from "./timed_nest.ts";

/** How long a variant is warmed; times in ms. */
export interface WarmUp {
  readonly minMs: number;
  readonly maxMs: number;
}

const windowMs = 2;
const improvement = 0.02;
const staleWindows = 5;
const callsToTierUp = 1000;
const enough = 4;
const callsAtMost = 1_000_000;

/**
 * Calls `warm` until its time per call has stopped falling: for at least `minMs`, and four times that
 * or 1000 calls, until five windows of 2 ms (or of one call, when a call is longer) brought no
 * improvement of 2 %; for at most `maxMs`. V8 compiles WebAssembly twice and swaps the optimised code
 * in between two calls, never within one; it does so after 100 to 1000 calls or some ms of work, so
 * that times are steady *before* they fall.
 */
export async function warmUp(
  timed: Pick<Timed, "warm">,
  { minMs, maxMs }: WarmUp,
  now: () => number,
): Promise<void> {
  const startMs = now();
  let bestMs = Infinity;
  let stale = 0;
  let calls = 0;
  while (calls < callsAtMost) {
    const fromMs = now();
    let untilMs = fromMs;
    let inWindow = 0;
    while (untilMs - fromMs < windowMs && calls < callsAtMost) {
      const pending = timed.warm();
      if (pending) await pending;
      inWindow++;
      calls++;
      untilMs = now();
    }
    const perCallMs = (untilMs - fromMs) / inWindow;
    stale = perCallMs < bestMs * (1 - improvement) ? 0 : stale + 1;
    bestMs = Math.min(bestMs, perCallMs);
    const elapsedMs = untilMs - startMs;
    const had = elapsedMs >= enough * minMs || (elapsedMs >= minMs && calls >= callsToTierUp);
    if (elapsedMs >= maxMs || (had && stale >= staleWindows)) return;
  }
}
