/**
 * Passes of the innermost loop of a register block for each test whether to go on; one pass before
 * the loop lets the compiler work out the bounds of all accesses outside it. The pointers move in
 * every pass, so that there are no more bounds to check against than accesses in one.
 */
export const passesPerTest = 8;

/** How often the innermost loop of a register block is written out. */
export interface Passes {
  /** Passes for each test whether to go on. */
  readonly perTest: number;
  /** Whether one pass goes before the loop. */
  readonly isPeeled: boolean;
}

/** The fastest for large blocks, of which a program has one or two. */
export const fastestPasses: Passes = { perTest: passesPerTest, isPeeled: true };
