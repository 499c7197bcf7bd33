/**
 * A time in ns with three digits and the unit that suits it, e.g. `"1.98 s"`, `"99.9 ms"`.
 *
 * @example
 * ```ts
 * import { formatDuration } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatDuration(99_940_000), "99.9 ms");
 * ```
 *
 * @category Measurement
 */
export function formatDuration(ns: number): string {
  const units: readonly (readonly [string, number])[] = [["s", 1e9], ["ms", 1e6], ["µs", 1e3]];
  // 0.9995 and up would round to 1000 of the smaller unit.
  const [unit, size] = units.find(([, size]) => Math.abs(ns) >= 0.9995 * size) ?? ["ns", 1];
  return `${threeDigits(ns / size)} ${unit}`;
}

/**
 * A ratio as `"2.93x"`, `"67.3x"`, `"132x"`.
 *
 * @example
 * ```ts
 * import { formatRatio } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatRatio(2.934), "2.93x");
 * ```
 *
 * @category Measurement
 */
export function formatRatio(ratio: number): string {
  return `${threeDigits(ratio)}x`;
}

/**
 * A share of 1 as `"92.4 %"`.
 *
 * @example
 * ```ts
 * import { formatShare } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatShare(0.9237), "92.4 %");
 * ```
 *
 * @category Measurement
 */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/**
 * An integer with its thousands apart, e.g. `"1,979"`.
 *
 * @example
 * ```ts
 * import { formatCount } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatCount(24296), "24,296");
 * ```
 *
 * @category Measurement
 */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** A share in whole percent, which is not nothing where there is little. */
export function wholePercent(share: number): string {
  return share < 0.005 ? "below 1 %" : `${Math.round(100 * share)} %`;
}

/** Three significant digits, without an exponent and without cutting integers. */
export function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size >= 999.5) return formatCount(value);
  if (size >= 99.95) return value.toFixed(0);
  if (size >= 9.995) return value.toFixed(1);
  return value.toPrecision(3);
}

/**
 * A table's cell for reading, after the unit that its column's name ends in: `Ns` times, `Bytes`
 * sizes, `Share` percentages, `speedup` ratios; missing values are a dash.
 */
export function formatCell(column: string, value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return String(value);
  if (column.endsWith("Ns")) return formatDuration(value);
  if (/bytes$/i.test(column)) return `${formatCount(value)} B`;
  if (column.endsWith("Share")) return formatShare(value);
  if (/^(speedup|ratio)/.test(column)) return formatRatio(value);
  return Number.isInteger(value) ? formatCount(value) : threeDigits(value);
}

/**
 * A column's heading for reading: its name with the unit left to the cells, words apart. A capital
 * that stands alone is a name, such as the tensor in `missesB` or the cache in `missesL1`.
 */
export function formatHeading(column: string): string {
  const special: Readonly<Record<string, string>> = {
    gmacPerS: "GMAC/s",
    mmacPerS: "MMAC/s",
    speedupStep: "over before",
    peakShare: "of peak",
    speedupLow: "low",
    speedupHigh: "high",
    macs: "MACs",
    macsPerByte: "MACs/B",
    timeShare: "of time",
    clockMhz: "MHz",
    createNs: "create again",
    coldCreateNs: "create first",
  };
  if (column in special) return special[column];
  const isType = /^(u?int|float)$/i;
  return column.replace(/(Ns|Bytes)$/, "")
    .replace(/(\d)([A-Z])/g, "$1 $2")
    .replace(/(?<![KMG]i(?=B))(?<=[a-z])([A-Z])/g, " $1")
    .replace(
      /([A-Za-z]{2,})(\d)/g,
      (all, word, digit) => isType.test(word) ? all : `${word} ${digit}`,
    )
    .replace(/\b(?![KMG]iB\b)[A-Z]\w*[a-z]\w*/g, (word) => word.toLowerCase());
}
