import type { Node } from "./program.ts";

const mostPasses = 8;

/**
 * Passes of an innermost loop of a register block for each test whether to go on: 8 if a pass updates
 * each register once, fewer if more often, and 1 from 4 updates on, since that is several passes
 * already. Where there are several, one pass before the loop lets the compiler work out the bounds of
 * all accesses outside it. The pointers move in every pass, so that there are no more bounds to check
 * against than accesses in one.
 */
export function passesPerTest(body: readonly Node[], registers: number): number {
  const updates = body.filter(({ kind }) => kind === "compute").length / registers;
  return updates < 4 ? Math.floor(mostPasses / Math.max(1, Math.floor(updates))) : 1;
}
