import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Table } from "../npm/arrow.ts";
import { formatRatio, formatShare, threeDigits } from "./format.ts";
import type { Measurement } from "./measure.ts";
import { randomStream } from "./random.ts";
import { fewSamples, orderLevel, ratioInterval } from "./statistics.ts";
import { tableMetadata, tableToRows } from "./table_rows.ts";
import { type TimingRow, timingRows } from "./timing_row.ts";

/**
 * What a verdict rests on.
 *
 * @category Measurement
 */
export interface SpeedupRow
  extends Pick<TimingRow, "kernel" | "speedup" | "speedupLow" | "speedupHigh"> {
  /** Samples taken, so that few are called so. */
  readonly samples?: number;
}

/**
 * How a verdict is worded.
 *
 * @category Measurement
 */
export interface VerdictOptions {
  /** The baseline's name. */
  readonly baseline?: string;
  /** Samples taken of the baseline. */
  readonly baselineSamples?: number;
}

/** With this share of repeats within its interval, a difference that few samples show is told. */
const sureEnough = 0.9;

/**
 * A row's speed-up in words. Nothing is called faster or slower while its interval holds 1, or when
 * there is no interval; of fewer than ten samples that is said, and how sure their order makes it.
 *
 * @example
 * ```ts
 * import { verdict } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const row = { kernel: "tiled", speedup: 2.9, speedupLow: 2.84, speedupHigh: 2.97 };
 * assert.equal(verdict(row, { baseline: "naive" }), "2.90x faster than naive (2.84–2.97)");
 * assert.equal(
 *   verdict({ ...row, samples: 3 }, { baseline: "naive", baselineSamples: 3 }),
 *   "2.90x faster than naive (2.84–2.97; few samples, 3 against 3: 90.0 % sure)",
 * );
 * ```
 *
 * @category Measurement
 */
export function verdict(
  row: SpeedupRow,
  options: VerdictOptions = {},
): string {
  checkOptions("verdict", options, "baseline baselineSamples");
  const { baseline = "the baseline", baselineSamples } = options;
  const { kernel, speedup, speedupLow: low, speedupHigh: high, samples } = row;
  if (kernel === baseline) return "the baseline";
  if (speedup === null) return "nothing to compare with: the baseline was not measured";
  if (low === null || high === null) {
    return `${formatRatio(speedup)} against ${baseline}, from a single sample`;
  }
  const { few, level } = fewness(samples, baselineSamples);
  if (low <= 1 && high >= 1) {
    return `no difference from ${baseline} that can be told (${range(low, high)}${few})`;
  }
  if (level < sureEnough) {
    return `${formatRatio(speedup)} against ${baseline} (${range(low, high)}), and all samples ` +
      `agree, but they are too few to be sure${few.replace("; few samples", "")}`;
  }
  return speedup > 1
    ? `${formatRatio(speedup)} faster than ${baseline} (${range(low, high)}${few})`
    : `${formatRatio(1 / speedup)} slower than ${baseline} (${range(1 / high, 1 / low)}${few})`;
}

/** What is to be said of few samples, and how sure their order makes an interval. */
function fewness(samples?: number, others?: number): { few: string; level: number } {
  if (samples === undefined || others === undefined || Math.min(samples, others) >= fewSamples) {
    return { few: "", level: 0.95 };
  }
  const level = orderLevel(samples, others);
  const sure = level < 0.95 ? `: ${formatShare(level)} sure` : "";
  return { few: `; few samples, ${samples} against ${others}${sure}`, level };
}

function range(low: number, high: number): string {
  return `${threeDigits(low)}–${threeDigits(high)}`;
}

/**
 * A line for each row of a timing record, in its order: the variant and its verdict.
 *
 * @example
 * ```ts
 * import { tableFromRows, timingColumns, verdicts } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromRows(
 *   [{ kernel: "tiled", speedup: 0.99, speedupLow: 0.97, speedupHigh: 1.01 }],
 *   { columns: timingColumns, metadata: { baseline: "naive" } },
 * );
 * assert.deepEqual(verdicts(table), ["tiled: no difference from naive that can be told (0.970–1.01)"]);
 * ```
 *
 * @throws {TypeError} if the table is no timing record.
 *
 * @category Measurement
 */
export function verdicts(table: Table): readonly string[] {
  checkArguments("verdicts", { table });
  const rows = timingRows(table);
  const baseline = asName(tableMetadata(table).baseline);
  return rows.map((row) => {
    const found = rows.find(({ kernel, shape, dtype }) =>
      kernel === baseline && shape === row.shape && dtype === row.dtype
    );
    return `${nameOf(row, rows)}: ${verdict(row, { baseline, baselineSamples: found?.samples })}`;
  });
}

/** A variant's name, with what tells it from others of that name. */
function nameOf(row: TimingRow, rows: readonly TimingRow[]): string {
  const severalShapes = new Set(rows.map(({ shape }) => shape)).size > 1;
  const twins = rows.filter(({ kernel, shape }) => kernel === row.kernel && shape === row.shape);
  const which = [
    ...(severalShapes ? [row.shape] : []),
    ...(twins.length > 1 ? [`${row.threads} ${row.threads === 1 ? "thread" : "threads"}`] : []),
  ].join(", ");
  return which === "" ? row.kernel : `${row.kernel} (${which})`;
}

function asName(baseline: unknown): string | undefined {
  return typeof baseline === "string" ? baseline : undefined;
}

/**
 * What each variant brings over the one before it, as a line each: for variants that were timed
 * together and build on each other, such as `matmulLadder`.
 *
 * @example
 * ```ts
 * import { bench, matmulLadder, stepVerdicts } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const { naive, reorder } = matmulLadder({ m: 16, k: 16, n: 16 });
 * const measurement = await bench({ naive, reorder }, { budgetMs: 50, settleMs: 0 });
 * assert.match(stepVerdicts(measurement)[1], /^reorder: .* naive/);
 * ```
 *
 * @throws {TypeError} if the table is no timing record.
 *
 * @category Measurement
 */
export function stepVerdicts({ table, samples }: Measurement): readonly string[] {
  const rows = timingRows(table);
  const all = tableToRows(samples);
  const times = (row: TimingRow) =>
    all.filter((each) =>
      each.kernel === row.kernel && each.shape === row.shape && each.dtype === row.dtype &&
      each.threads === row.threads
    ).map(({ ns }) => ns as number);
  return rows.map((row, index) => {
    const before = rows[index - 1];
    const name = nameOf(row, rows);
    if (before === undefined) return `${name}: where it begins`;
    const interval = ratioInterval(times(before), times(row), randomStream(1, index));
    const step: SpeedupRow = {
      kernel: name,
      samples: row.samples,
      speedup: before.minNs / row.minNs,
      speedupLow: interval?.low ?? null,
      speedupHigh: interval?.high ?? null,
    };
    const baseline = nameOf(before, rows);
    return `${name}: ${verdict(step, { baseline, baselineSamples: before.samples })}`;
  });
}
