/**
 * Kendall's rank correlation of two lists with ties, tau-b: of all pairs, those that both lists order
 * alike less those that they order otherwise, over `√((n0 - n1)(n0 - n2))`, n0 all pairs, n1 and n2
 * those that are equal in the one and in the other (Kendall, Rank Correlation Methods, 1945). 1: the
 * same order; 0: the one says nothing about the other. Null if all values of a list are equal.
 *
 * @throws {RangeError} if the lists have different lengths, or fewer than two values.
 * @throws {TypeError} for a value that is no finite number.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { kendallTau } from "tinyloom";
 *
 * // Of the six pairs five are in the same order and one in the other.
 * assert.equal(kendallTau([1, 2, 3, 4], [10, 30, 20, 40]), 4 / 6);
 * ```
 *
 * @category Measurement
 */
export function kendallTau(first: readonly number[], second: readonly number[]): number | null {
  if (first.length !== second.length || first.length < 2) {
    throw new RangeError(
      `lists of ${first.length} and ${second.length} values, needed as many in both, two at least`,
    );
  }
  const odd = [...first, ...second].find((value) => !Number.isFinite(value));
  if (odd !== undefined) throw new TypeError(`a value is ${odd}, needed finite numbers`);
  let [agreement, ordered, orderedToo] = [0, 0, 0];
  for (let i = 0; i < first.length; i++) {
    for (let j = 0; j < i; j++) {
      const [one, other] = [Math.sign(first[i] - first[j]), Math.sign(second[i] - second[j])];
      agreement += one * other;
      ordered += one * one;
      orderedToo += other * other;
    }
  }
  if (ordered === 0 || orderedToo === 0) return null;
  return agreement / Math.sqrt(ordered * orderedToo);
}
