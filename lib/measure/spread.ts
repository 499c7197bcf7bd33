import defer * as statistics from "../npm/statistics.ts";

/** How a series of times lies; all in ns. */
export interface Spread {
  readonly minNs: number;
  readonly q1Ns: number;
  readonly medianNs: number;
  readonly q3Ns: number;
  /** Median of the absolute deviations from the median. */
  readonly madNs: number;
}

/** Minimum, quartiles and median absolute deviation of at least one time in ns. */
export function spread(timesNs: readonly number[]): Spread {
  if (timesNs.length === 0) throw new RangeError("spread needs at least one time; got none");
  const sorted = timesNs.toSorted((a, b) => a - b);
  return {
    minNs: sorted[0],
    q1Ns: statistics.quantileSorted(sorted, 0.25),
    medianNs: statistics.quantileSorted(sorted, 0.5),
    q3Ns: statistics.quantileSorted(sorted, 0.75),
    madNs: statistics.medianAbsoluteDeviation(sorted),
  };
}
