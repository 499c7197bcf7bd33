import { checkOptions, checkWhole } from "../check_arguments.ts";

/**
 * On how many cases exactly one of two was right.
 *
 * @category Measurement
 */
export interface Discordant {
  /** Cases that only the first had right. */
  readonly onlyFirst: number;
  /** Cases that only the second had right. */
  readonly onlySecond: number;
}

/**
 * How likely such a difference is if the two are equally good.
 *
 * @category Measurement
 */
export interface McnemarResult {
  /** Two-sided, exact: never too small, mostly too large. */
  readonly exactP: number;
  /** Less half of what is as likely as what was found: close to its level. */
  readonly midP: number;
}

/**
 * McNemar's test of two classifiers on the same cases: of those that exactly one had right, each had
 * half if they are equally good. Exact by the binomial distribution, and as mid-p, which Fagerland,
 * Lydersen and Laake (BMC Medical Research Methodology 13:91, 2013) recommend: the exact p less the
 * probability of what was found, or less half of it if both had as many; 1 without any such case.
 *
 * @throws {RangeError} for a number of cases that is no whole number of at least 0.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mcnemar } from "tinyloom";
 *
 * const { exactP, midP } = mcnemar({ onlyFirst: 9, onlySecond: 1 });
 * assert.equal(exactP.toFixed(6), (22 / 1024).toFixed(6));
 * assert.equal(midP.toFixed(6), (12 / 1024).toFixed(6));
 * ```
 *
 * @category Measurement
 */
export function mcnemar(discordant: Discordant): McnemarResult {
  checkOptions("mcnemar", discordant, "onlyFirst onlySecond");
  const { onlyFirst, onlySecond } = discordant;
  checkWhole({ onlyFirst, onlySecond }, 0);
  const cases = onlyFirst + onlySecond;
  if (cases === 0) return { exactP: 1, midP: 1 };
  const fewer = Math.min(onlyFirst, onlySecond);
  // ln of C(n, k) / 2^n from one k to the next: n may be too large for the powers themselves.
  let logChance = -cases * Math.LN2;
  let tail = Math.exp(logChance);
  for (let k = 1; k <= fewer; k++) {
    logChance += Math.log((cases - k + 1) / k);
    tail += Math.exp(logChance);
  }
  const found = Math.exp(logChance);
  if (onlyFirst === onlySecond) return { exactP: 1, midP: 1 - found / 2 };
  return { exactP: Math.min(1, 2 * tail), midP: 2 * tail - found };
}
