import type { Node } from "./program.ts";

/** How an innermost loop of a register block is written out. */
export interface Passes {
  /** Passes for each test whether to go on. */
  readonly perTest: number;
  /** Whether one pass goes before the loop. */
  readonly isPeeled: boolean;
  /** Whether pointers move once for all of them, not in every one. */
  readonly isShifted: boolean;
}

/**
 * Passes of an innermost loop of a register block. The fastest are 8 for each test whether to go on
 * if a pass updates each register once, fewer if more often, and 1 from 4 updates on, since that is
 * several passes already; one before the loop lets the compiler work out the bounds of all accesses
 * outside it, and pointers move in every pass, so that there are no more bounds to check against than
 * accesses in one. Compact ones are half as many and none before the loop, for programs with blocks of
 * many shapes; measured, groups of several elements are then faster with pointers that move once, and
 * so are loops that move more than two pointers.
 */
export function passesOf(
  body: readonly Node[],
  { registers, isCompact, pointers }: {
    readonly registers: number;
    readonly isCompact: boolean;
    /** Pointers that the loop moves by strides. */
    readonly pointers: number;
  },
): Passes {
  const computes = body.filter((node) => node.kind === "compute");
  const updates = computes.length / registers;
  const together = updates < 4 ? Math.floor(mostPasses / Math.max(1, Math.floor(updates))) : 1;
  if (!isCompact) return { perTest: together, isPeeled: together > 1, isShifted: false };
  const isShifted = pointers > 2 || computes.some(({ width }) => width.group > 1);
  return { perTest: Math.ceil(together / 2), isPeeled: false, isShifted };
}

const mostPasses = 8;
