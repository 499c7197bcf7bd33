/** What is known of a variant when the rest of the run is planned. */
export interface SampleState {
  /** What one more sample costs. */
  readonly costMs: number;
  /** Samples taken so far. */
  readonly taken: number;
}

const wantedAtLeast = 3;

/**
 * How many more samples each variant gets out of the time that is left: first everyone up to three,
 * the cheapest first, then equal shares of time, where what the fast ones cannot use (they stop at
 * `runs`) goes to the slow ones.
 */
export function planSamples(
  states: readonly SampleState[],
  { runs, remainingMs }: { readonly runs: number; readonly remainingMs: number },
): readonly number[] {
  const more = states.map(() => 0);
  let leftMs = remainingMs;
  const cheapestFirst = states.map((_, index) => index)
    .sort((a, b) => states[a].costMs - states[b].costMs);
  for (let floor = 1; floor <= Math.min(wantedAtLeast, runs); floor++) {
    for (const index of cheapestFirst) {
      const { costMs, taken } = states[index];
      if (taken + more[index] >= floor || costMs > leftMs) continue;
      more[index]++;
      leftMs -= costMs;
    }
  }
  const needMs = (index: number) =>
    states[index].costMs * Math.max(0, runs - states[index].taken - more[index]);
  const smallestNeedFirst = cheapestFirst.toSorted((a, b) => needMs(a) - needMs(b));
  smallestNeedFirst.forEach((index, position) => {
    const { costMs, taken } = states[index];
    const shareMs = leftMs / (states.length - position);
    const granted = Math.max(
      0,
      Math.min(runs - taken - more[index], Math.floor(shareMs / costMs)),
    );
    more[index] += granted;
    leftMs -= granted * costMs;
  });
  return more;
}
