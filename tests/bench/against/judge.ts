import type { PairRow } from "./time_pair.ts";

/** A group must be at least this fast, relative to the other revision, the second time at last. */
export const leastMean = 0.97;

/** So must each of its cases. */
export const leastSpeedup = 0.93;

/** A case, and what it gave the first time where it or its group was slow and measured again. */
export interface JudgedRow extends PairRow {
  readonly firstSpeedup: number | null;
}

/** A group in one row. */
export interface GroupRow {
  readonly group: string;
  readonly cases: number;
  /** Geometric mean of the speed-ups. */
  readonly speedup: number;
  /** That of the first measurements. */
  readonly firstSpeedup: number;
  readonly speedupLow: number | null;
  readonly speedupHigh: number | null;
  readonly lowestSpeedup: number;
  readonly lowestCase: string;
}

const normal975 = 1.96;

/**
 * The geometric mean of a group's speed-ups and its interval (95 %): that of a mean of independent
 * logarithms, the standard deviation of each a quarter of its own interval's width, more or less. So
 * it says what measuring again would give, not what other cases would.
 */
export function groupRow(group: string, rows: readonly JudgedRow[]): GroupRow {
  const mean = groupMean(rows.map(({ speedup }) => speedup));
  const variance = rows.reduce((sum, { speedupLow: low, speedupHigh: high }) => {
    const deviation = low === null || high === null
      ? Infinity
      : Math.log(high / low) / (2 * normal975);
    return sum + deviation ** 2;
  }, 0);
  const half = normal975 * Math.sqrt(variance) / rows.length;
  const lowest = rows.reduce((a, b) => b.speedup < a.speedup ? b : a);
  const isKnown = Number.isFinite(half);
  return {
    group,
    cases: rows.length,
    speedup: mean,
    firstSpeedup: groupMean(rows.map(({ speedup, firstSpeedup }) => firstSpeedup ?? speedup)),
    speedupLow: isKnown ? mean / Math.exp(half) : null,
    speedupHigh: isKnown ? mean * Math.exp(half) : null,
    lowestSpeedup: lowest.speedup,
    lowestCase: lowest.case,
  };
}

/** The geometric mean. */
export function groupMean(speedups: readonly number[]): number {
  return Math.exp(speedups.reduce((sum, one) => sum + Math.log(one), 0) / speedups.length);
}

/** What is too slow, one sentence each; none: this revision is as fast as the other. */
export function slowdowns(
  groups: readonly GroupRow[],
  rows: readonly JudgedRow[],
): readonly string[] {
  const slowGroups = groups.filter(({ speedup, firstSpeedup }) =>
    firstSpeedup < leastMean && speedup < leastMean
  );
  const slow = rows.filter(({ speedup, firstSpeedup }) =>
    firstSpeedup !== null && firstSpeedup < leastSpeedup && speedup < leastSpeedup
  );
  return [
    ...slowGroups.map((row) =>
      `${row.group}: the geometric mean is ${row.firstSpeedup.toFixed(3)} and again ` +
      `${row.speedup.toFixed(3)}, needed ${leastMean}${doubtIn(row)}`
    ),
    ...slow.map((row) =>
      `${row.group}, ${row.case}: ${row.firstSpeedup!.toFixed(3)} and again ` +
      `${row.speedup.toFixed(3)}, needed ${leastSpeedup}${doubtIn(row)}`
    ),
  ];
}

/** Under load a run of milliseconds is never left alone, and two measurements may both be wrong. */
function doubtIn({ speedupHigh }: Pick<PairRow, "speedupHigh">): string {
  return speedupHigh !== null && speedupHigh < 1
    ? ""
    : " (but the interval does not end below 1: measure again on a quieter machine)";
}
