import { formatRatio, threeDigits } from "./format.ts";
import type { TimingRow } from "./timing_row.ts";

/** What a verdict rests on. */
export type SpeedupRow = Pick<TimingRow, "kernel" | "speedup" | "speedupLow" | "speedupHigh">;

/**
 * A row's speed-up in words. Nothing is called faster or slower while its interval holds 1, or when
 * there is no interval.
 *
 * @example
 * ```ts
 * import { verdict } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const row = { kernel: "tiled", speedup: 2.9, speedupLow: 2.84, speedupHigh: 2.97 };
 * assert.equal(verdict(row, { baseline: "naive" }), "2.90x faster than naive (2.84–2.97)");
 * ```
 */
export function verdict(
  row: SpeedupRow,
  { baseline = "the baseline" }: { readonly baseline?: string } = {},
): string {
  const { kernel, speedup, speedupLow: low, speedupHigh: high } = row;
  if (kernel === baseline) return "the baseline";
  if (speedup === null) return "nothing to compare with: the baseline was not measured";
  if (low === null || high === null) {
    return `${formatRatio(speedup)} against ${baseline}, from a single sample: ` +
      "without a repeat no difference can be told";
  }
  if (low <= 1 && high >= 1) {
    return `no difference from ${baseline} that can be told (${range(low, high)})`;
  }
  return speedup > 1
    ? `${formatRatio(speedup)} faster than ${baseline} (${range(low, high)})`
    : `${formatRatio(1 / speedup)} slower than ${baseline} (${range(1 / high, 1 / low)})`;
}

function range(low: number, high: number): string {
  return `${threeDigits(low)}–${threeDigits(high)}`;
}
