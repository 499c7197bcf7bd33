/** Lets many in at once, or one alone. */
export interface OneOrMany {
  /** Waits for the turn; gives its end. */
  readonly enter: (how: { readonly alone: boolean }) => Promise<() => void>;
}

/** A lock in the order of asking: whoever is to be alone waits until all are out, and others behind him. */
export function oneOrMany(): OneOrMany {
  let alone: Promise<void> = Promise.resolve();
  let inside: Promise<unknown> = Promise.resolve();
  return {
    enter: async ({ alone: only }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const before = only ? Promise.all([alone, inside]) : alone;
      inside = Promise.all([inside, promise]);
      if (only) alone = promise;
      await before;
      return resolve;
    },
  };
}
