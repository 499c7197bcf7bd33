import defer * as statistics from "../npm/statistics.ts";
import type { RandomStream } from "./random.ts";

/** A speed-up and the range in which a repeat of the run would put it. */
export interface RatioInterval {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

const draws = 1000;
const chunksAtMost = 10;

/** With fewer samples than this an interval goes by their order alone. */
export const fewSamples = chunksAtMost;

/**
 * The ratio of two minima, baseline over variant, with its 95 % interval; null where either side has
 * fewer than two samples, for one sample says nothing about its own repeat.
 *
 * Why the minimum: whatever else runs on the machine only ever adds time, so the least disturbed
 * sample is what repeats, while means and medians follow the load.
 *
 * How: neighbours disturb for seconds, not for one sample, so the unit is a stretch of consecutive
 * samples, at most ten of them, represented by its minimum. With ten stretches on both sides: a block
 * bootstrap. A resample's minimum can only lie above the minimum found, but a repeat of the run is as
 * likely to end below as above it, hence the random sign; the width is expanded as in Hesterberg,
 * "What Teachers Should Know About the Bootstrap", The American Statistician 69 (2015), section 5.3.
 * With fewer, a bootstrap knows nothing of what was not drawn, and the interval is that of
 * {@link orderedInterval}.
 */
export function ratioInterval(
  baselineNs: readonly number[],
  variantNs: readonly number[],
  random: RandomStream,
): RatioInterval | null {
  if (baselineNs.length < 2 || variantNs.length < 2) return null;
  const [above, below] = [stretchMinima(baselineNs), stretchMinima(variantNs)];
  const ratio = statistics.min(above) / statistics.min(below);
  const [low, high] = Math.min(above.length, below.length) < fewSamples
    ? orderedInterval(above, below)
    : bootstrapInterval(above, below, random).map((log) => ratio * Math.exp(log));
  return { ratio, low: Math.min(ratio, low), high: Math.max(ratio, high) };
}

function bootstrapInterval(
  baselineMinima: readonly number[],
  variantMinima: readonly number[],
  random: RandomStream,
): readonly [number, number] {
  const above = deviations(baselineMinima, random);
  const below = deviations(variantMinima, random);
  const logs = above.map((value, index) => value - below[index]).sort((a, b) => a - b);
  return [statistics.quantileSorted(logs, 0.025), statistics.quantileSorted(logs, 0.975)];
}

/**
 * The interval of a ratio by the order of the samples alone, whatever their distribution: of all
 * ratios of one to another it leaves out as many at either end as the exact distribution of Mann and
 * Whitney's U allows with 2.5 % there (Hodges and Lehmann 1963; Hollander, Wolfe and Chicken,
 * Nonparametric Statistical Methods, section 4.3). So few samples that none may be left out give all
 * ratios, and a level below 95 %, {@link orderLevel}.
 */
export function orderedInterval(
  baselineNs: readonly number[],
  variantNs: readonly number[],
): readonly [number, number] {
  const ratios = baselineNs.flatMap((above) => variantNs.map((below) => above / below))
    .sort((a, b) => a - b);
  const left = leftOut(baselineNs.length, variantNs.length);
  return [ratios[left], ratios[ratios.length - 1 - left]];
}

/**
 * The share of repeats that an interval by the order of so many samples holds: at least 95 % where
 * they suffice, 90 % for three against three, 67 % for two against two.
 */
export function orderLevel(samples: number, others: number): number {
  const [n, m] = [Math.min(samples, chunksAtMost), Math.min(others, chunksAtMost)];
  const chances = orderChances(n, m);
  const tail = chances.slice(0, leftOut(n, m) + 1).reduce((sum, chance) => sum + chance, 0);
  return 1 - 2 * tail;
}

const tailAtMost = 0.025;

/** How many ratios may be left out at either end. */
function leftOut(n: number, m: number): number {
  const chances = orderChances(n, m);
  let tail = chances[0];
  let left = 0;
  while (tail + chances[left + 1] <= tailAtMost) tail += chances[++left];
  return left;
}

/**
 * The chance of each value of U, of n samples among m of the same distribution: coefficients of the
 * Gaussian binomial, the product of (1 - q^(m+i)) / (1 - q^i) for i from 1 to n, over their sum.
 */
function orderChances(n: number, m: number): readonly number[] {
  const ways = [1, ...new Array<number>(n * m).fill(0)];
  for (let i = 1; i <= n; i++) {
    for (let u = n * m; u >= m + i; u--) ways[u] -= ways[u - m - i];
    for (let u = i; u <= n * m; u++) ways[u] += ways[u - i];
  }
  const all = ways.reduce((sum, each) => sum + each, 0);
  return ways.map((each) => each / all);
}

/** By how much, in log time, the minimum of a repeat may differ: one value a draw. */
function deviations(minima: readonly number[], random: RandomStream): number[] {
  const least = statistics.min([...minima]);
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

/**
 * A mean and where it would lie if all was repeated.
 *
 * @category Measurement
 */
export interface MeanInterval {
  /** The mean of the values. */
  readonly mean: number;
  /** Lower end of the 95 % interval; null for a single value. */
  readonly low: number | null;
  /** Its upper end; null for a single value. */
  readonly high: number | null;
}

/**
 * The mean of independent values, e.g. of one value a seed, with its 95 % interval by Student's t:
 * `mean ± t √(s² / n)`, s² the variance with n - 1 below and t the 97.5 % point for n - 1 degrees of
 * freedom.
 *
 * @throws {RangeError} without values.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { meanInterval } from "tinyloom";
 *
 * const { mean, low, high } = meanInterval([1, 2, 3]);
 * assert.equal(mean, 2);
 * // 4.303 standard errors of 1 / √3.
 * assert.deepEqual([low?.toFixed(2), high?.toFixed(2)], ["-0.48", "4.48"]);
 * ```
 *
 * @category Measurement
 */
export function meanInterval(values: readonly number[]): MeanInterval {
  const count = values.length;
  if (count === 0) throw new RangeError("There are no values, needed at least one");
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, low: null, high: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = student975(count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { mean, low: mean - half, high: mean + half };
}

/** How a series of times lies; all in ns. */
export interface Spread {
  readonly minNs: number;
  readonly q1Ns: number;
  readonly medianNs: number;
  readonly q3Ns: number;
  /** Median of the absolute deviations from the median. */
  readonly madNs: number;
  /** How many lie more than ten robust standard deviations above the median. */
  readonly outliers: number;
}

/** What hyperfine takes for an outlier: ten times 1.4826, which makes a deviation of the MAD. */
const outlierMads = 10 * 1.4826;

/** Minimum, quartiles, outliers and median absolute deviation of at least one time in ns. */
export function spread(timesNs: readonly number[]): Spread {
  if (timesNs.length === 0) throw new RangeError("spread needs at least one time; got none");
  const sorted = timesNs.toSorted((a, b) => a - b);
  const medianNs = statistics.quantileSorted(sorted, 0.5);
  const madNs = statistics.medianAbsoluteDeviation(sorted);
  const isFar = (ns: number) => madNs > 0 && ns - medianNs > outlierMads * madNs;
  return {
    minNs: sorted[0],
    q1Ns: statistics.quantileSorted(sorted, 0.25),
    medianNs,
    q3Ns: statistics.quantileSorted(sorted, 0.75),
    madNs,
    outliers: sorted.filter(isFar).length,
  };
}
