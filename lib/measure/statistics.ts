import defer * as statistics from "../npm/statistics.ts";
import type { RandomStream } from "./random.ts";

/** A speed-up and the range in which a repeat of the run would put it (95 %). */
export interface RatioInterval {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const draws = 1000;
const chunksAtMost = 10;

/**
 * The ratio of two minima, baseline over variant, with its bootstrap interval; null where either
 * side has fewer than two samples, for one sample says nothing about its own repeat.
 *
 * Why the minimum: whatever else runs on the machine only ever adds time, so the least disturbed
 * sample is what repeats, while means and medians follow the load.
 *
 * How: neighbours disturb for seconds, not for one sample, so the unit that is drawn is a stretch of
 * consecutive samples (a block bootstrap), represented by its minimum. A resample's minimum can only
 * lie above the minimum found, but a repeat of the run is as likely to end below as above it, hence
 * the random sign. With few stretches the width is expanded as in Hesterberg, "What Teachers Should
 * Know About the Bootstrap", The American Statistician 69 (2015), section 5.3.
 */
export function ratioInterval(
  baselineNs: readonly number[],
  variantNs: readonly number[],
  random: RandomStream,
): RatioInterval | null {
  if (baselineNs.length < 2 || variantNs.length < 2) return null;
  const ratio = statistics.min([...baselineNs]) / statistics.min([...variantNs]);
  const above = deviations(baselineNs, random);
  const below = deviations(variantNs, random);
  const logs = above.map((value, index) => value - below[index]).sort((a, b) => a - b);
  return {
    ratio,
    low: Math.min(ratio, ratio * Math.exp(statistics.quantileSorted(logs, 0.025))),
    high: Math.max(ratio, ratio * Math.exp(statistics.quantileSorted(logs, 0.975))),
  };
}

/** By how much, in log time, the minimum of a repeat may differ: one value a draw. */
function deviations(timesNs: readonly number[], random: RandomStream): number[] {
  const minima = stretchMinima(timesNs);
  const least = statistics.min(minima);
  const expansion = student975(minima.length - 1) / normal975 *
    Math.sqrt(minima.length / (minima.length - 1));
  return Array.from({ length: draws }, () => {
    let found = Infinity;
    for (let k = 0; k < minima.length; k++) found = Math.min(found, minima[random(minima.length)]);
    const sign = random(2) === 0 ? 1 : -1;
    return sign * expansion * Math.log(found / least);
  });
}

function stretchMinima(timesNs: readonly number[]): number[] {
  const count = Math.min(chunksAtMost, timesNs.length);
  const edge = (index: number) => Math.round(index * timesNs.length / count);
  return Array.from(
    { length: count },
    (_, index) => statistics.min(timesNs.slice(edge(index), edge(index + 1))),
  );
}

/** The 97.5 % point of the normal distribution. */
const normal975 = 1.959963984540054;

/**
 * The 97.5 % point of Student's t distribution with `freedom` degrees of freedom: exact for 1 and
 * 2, else the expansion of Abramowitz and Stegun 26.7.5, which is good to 0.3 %.
 */
export function student975(freedom: number): number {
  if (freedom === 1) return Math.tan(Math.PI * 0.475);
  if (freedom === 2) return 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2));
  const z = normal975;
  return z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3) +
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / (92160 * freedom ** 4);
}

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
