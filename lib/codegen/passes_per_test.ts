/**
 * Passes of the innermost loop of a register block for each test whether to go on, for a loop of
 * so many elements a pass: about 16 elements, 8 passes at most. One pass before the loop lets the
 * compiler work out the bounds of all accesses outside it. The pointers move in every pass, so that
 * there are no more bounds to check against than accesses in one.
 */
export function passesPerTest(elements: number): number {
  return Math.min(8, Math.max(1, Math.floor(16 / elements)));
}

/** How often the innermost loop of a register block is written out. */
export interface Passes {
  /** Passes for each test whether to go on. */
  readonly perTest: number;
  /** Whether one pass goes before the loop. */
  readonly isPeeled: boolean;
}

/** As many copies as are the fastest, or half as many, where a program has blocks of many shapes. */
export function passesOf(elements: number, { isCompact }: { readonly isCompact: boolean }): Passes {
  const most = passesPerTest(elements);
  return isCompact
    ? { perTest: Math.ceil(most / 2), isPeeled: false }
    : { perTest: most, isPeeled: true };
}
