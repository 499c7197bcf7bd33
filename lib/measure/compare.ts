import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Table } from "../npm/arrow.ts";
import { formatRatio, formatShare, threeDigits } from "./format.ts";
import { tableMetadata } from "./table_rows.ts";
import { type TimingRow, timingRows } from "./timing_row.ts";

/**
 * One speed-up in two records.
 *
 * @category Measurement
 */
export interface ComparedRow {
  /** The variant's name. */
  readonly kernel: string;
  /** The problem's extents. */
  readonly shape: string;
  /** The element type. */
  readonly dtype: string;
  /** Threads the work is split over. */
  readonly threads: number;
  /** Record A's speed-up; null where it has none. */
  readonly speedupA: number | null;
  /** Lower end of A's interval. */
  readonly speedupLowA: number | null;
  /** Upper end of A's interval. */
  readonly speedupHighA: number | null;
  /** Record B's speed-up; null where it has none. */
  readonly speedupB: number | null;
  /** Lower end of B's interval. */
  readonly speedupLowB: number | null;
  /** Upper end of B's interval. */
  readonly speedupHighB: number | null;
  /** Whether B says the same as A. */
  readonly reproduced: boolean;
  /** What the judgement rests on, in words. */
  readonly reason: string;
}

/**
 * Whether one record reproduces another.
 *
 * @category Measurement
 */
export interface Comparison {
  /** Every speed-up is reproduced and neither record lacks a variant of the other. */
  readonly reproduced: boolean;
  /** The variants that both records have, in the order of A. */
  readonly rows: readonly ComparedRow[];
  /** Variants that only B has. */
  readonly missingInA: readonly string[];
  /** Variants that only A has. */
  readonly missingInB: readonly string[];
  /** Circumstances that differ, by name, e.g. `"cpuModel"`. */
  readonly differing: readonly string[];
  /** The judgement in one sentence. */
  readonly summary: string;
}

/**
 * How far two speed-ups may lie apart, as shares.
 *
 * @category Measurement
 */
export interface CompareOptions {
  /** Where intervals do not overlap: the difference that still counts as the same; default 0.05. */
  readonly tolerance?: number;
  /** Where a single sample gave no interval; default 0.25. */
  readonly singleTolerance?: number;
}

const circumstances = ["cpuModel", "cores", "os", "deno", "v8", "v8Flags", "gitCommit", "seed"];

/**
 * Tells whether record B reproduces the speed-ups of record A. A speed-up is reproduced when the
 * two intervals overlap or the two values lie within `tolerance`: an interval holds what one run can
 * see of its own noise, not what differs between runs (where the arrays lie in memory, the clock's
 * frequency). Different results for the same seed are never a reproduction.
 *
 * @example
 * ```ts
 * import { compare, tableFromRows, timingColumns } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const record = (speedup: number) =>
 *   tableFromRows([{
 *     kernel: "tiled", shape: "64x64x64", dtype: "float32", threads: 1, checksum: "1f",
 *     speedup, speedupLow: 0.98 * speedup, speedupHigh: 1.02 * speedup,
 *   }], { columns: timingColumns });
 * assert.equal(compare(record(2.9), record(2.95)).summary, "Reproduced: the only speed-up agrees.");
 * assert.equal(compare(record(2.9), record(4)).reproduced, false);
 * ```
 *
 * @throws {TypeError} if a table is no timing record or the two have different baselines.
 *
 * @category Measurement
 */
export function compare(
  a: Table,
  b: Table,
  options: CompareOptions = {},
): Comparison {
  checkOptions("compare", options, "tolerance singleTolerance");
  checkArguments("compare", { table: a });
  checkArguments("compare", { table: b });
  const { tolerance = 0.05, singleTolerance = 0.25 } = options;
  const metadataA = tableMetadata(a);
  const metadataB = tableMetadata(b);
  if (metadataA.baseline !== metadataB.baseline) {
    throw new TypeError(
      `Speed-ups over different baselines cannot be compared: ` +
        `A has "${metadataA.baseline}", B has "${metadataB.baseline}"`,
    );
  }
  const rowsA = namedRows(a);
  const rowsB = new Map(namedRows(b).map((row) => [keyOf(row), row]));
  const sameSeed = metadataA.seed === metadataB.seed;
  const rows = rowsA.flatMap((rowA) => {
    const rowB = rowsB.get(keyOf(rowA));
    return rowB === undefined
      ? []
      : [compareRows(rowA, rowB, { tolerance, singleTolerance, sameSeed })];
  });
  const keysA = new Set(rowsA.map(keyOf));
  const missingInA = [...rowsB.keys()].filter((key) => !keysA.has(key));
  const missingInB = [...keysA].filter((key) => !rowsB.has(key));
  const reproduced = rows.every((row) => row.reproduced) &&
    missingInA.length === 0 && missingInB.length === 0;
  return {
    reproduced,
    rows,
    missingInA,
    missingInB,
    differing: circumstances.filter((name) =>
      JSON.stringify(metadataA[name]) !== JSON.stringify(metadataB[name])
    ),
    summary: summarize(rows, missingInA, missingInB),
  };
}

/** Rows of a schedule by several back ends are told apart by these. */
function namedRows(table: Table): readonly TimingRow[] {
  return timingRows(table).map((row: TimingRow & { readonly backend?: string }) =>
    row.backend === undefined ? row : { ...row, kernel: `${row.kernel}, ${row.backend}` }
  );
}

function keyOf({ kernel, shape, dtype, threads }: TimingRow): string {
  return `${kernel} (${shape}, ${dtype}, ${threads} ${threads === 1 ? "thread" : "threads"})`;
}

function compareRows(
  rowA: TimingRow,
  rowB: TimingRow,
  how: Required<CompareOptions> & { readonly sameSeed: boolean },
): ComparedRow {
  const { kernel, shape, dtype, threads } = rowA;
  return {
    kernel,
    shape,
    dtype,
    threads,
    speedupA: rowA.speedup,
    speedupLowA: rowA.speedupLow,
    speedupHighA: rowA.speedupHigh,
    speedupB: rowB.speedup,
    speedupLowB: rowB.speedupLow,
    speedupHighB: rowB.speedupHigh,
    ...judge(rowA, rowB, how),
  };
}

function judge(
  a: TimingRow,
  b: TimingRow,
  { tolerance, singleTolerance, sameSeed }: Required<CompareOptions> & {
    readonly sameSeed: boolean;
  },
): Pick<ComparedRow, "reproduced" | "reason"> {
  // A search's log has no digests.
  const hasDigests = Boolean(a.checksum) && Boolean(b.checksum);
  if (sameSeed && hasDigests && a.checksum !== b.checksum) {
    return { reproduced: false, reason: "the results differ although the seed is the same" };
  }
  if (a.speedup === null || b.speedup === null) {
    return a.speedup === b.speedup
      ? { reproduced: true, reason: "no speed-up was claimed" }
      : { reproduced: false, reason: "only one record has a speed-up" };
  }
  const apart = Math.max(a.speedup, b.speedup) / Math.min(a.speedup, b.speedup) - 1;
  const { speedupLow: lowA, speedupHigh: highA } = a;
  const { speedupLow: lowB, speedupHigh: highB } = b;
  if (lowA === null || highA === null || lowB === null || highB === null) {
    return within(apart, singleTolerance, "no interval, from a single sample");
  }
  if (Math.max(lowA, lowB) <= Math.min(highA, highB)) {
    return { reproduced: true, reason: "the intervals overlap" };
  }
  return within(apart, tolerance, "the intervals do not overlap");
}

function within(apart: number, tolerance: number, because: string) {
  const reproduced = apart <= tolerance;
  const verb = reproduced ? "within" : "beyond";
  return {
    reproduced,
    reason: `${because}; ${formatShare(apart)} apart, ${verb} ${formatShare(tolerance)}`,
  };
}

function summarize(
  rows: readonly ComparedRow[],
  missingInA: readonly string[],
  missingInB: readonly string[],
): string {
  const complaints = [
    ...rows.filter((row) => !row.reproduced).map((row) =>
      `${row.kernel} (${row.shape}): ${side(row.speedupA, row.speedupLowA, row.speedupHighA)} ` +
      `against ${side(row.speedupB, row.speedupLowB, row.speedupHighB)}, ${row.reason}`
    ),
    ...missingInA.map((key) => `${key} is missing in A`),
    ...missingInB.map((key) => `${key} is missing in B`),
  ];
  if (complaints.length > 0) return `Not reproduced: ${complaints.join("; ")}.`;
  return rows.length === 1
    ? "Reproduced: the only speed-up agrees."
    : `Reproduced: all ${rows.length} speed-ups agree.`;
}

function side(speedup: number | null, low: number | null, high: number | null): string {
  if (speedup === null) return "none";
  const interval = low === null || high === null
    ? ""
    : ` (${threeDigits(low)}–${threeDigits(high)})`;
  return formatRatio(speedup) + interval;
}
