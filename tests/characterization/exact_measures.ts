import {
  cautions,
  compare,
  kendallTau,
  mcnemar,
  meanInterval,
  randomInputs,
  randomStream,
  tableToCsv,
  tableToHtml,
  tableToJson,
  tableToMarkdown,
  tableToText,
  verdicts,
} from "tinyloom";
import { matmul } from "tinyloom/lab";
import type { Table } from "../../lib/npm/arrow.ts";
import {
  formatCell,
  formatCount,
  formatDuration,
  formatHeading,
  formatRatio,
  formatShare,
  threeDigits,
  wholePercent,
} from "../../lib/measure/format.ts";
import { arithmeticLoop, loadLoop } from "../../lib/measure/measure_peaks.ts";
import {
  orderedInterval,
  orderLevel,
  ratioInterval,
  spread,
  student975,
} from "../../lib/measure/statistics.ts";
import { reference } from "../../lib/measure/timed_nest.ts";
import { timingTable } from "../measure/timing_table.ts";
import type { ExactCases } from "./exact_figures.ts";

const numbers = [
  ...[0, 0.0004, 0.00049, 0.0005, 0.004, 0.005, 0.0099, 0.01, 0.05, 0.094, 0.95, 0.9994, 0.9995],
  ...[0.9999, 1, 1.005, 2.345, 9.994, 9.995, 10, 99.94, 99.95, 100, 994, 999.4, 999.5, 1000],
  ...[1234, 9999.5, 99_999, 999_499, 999_500, 1e6, 12_345_678, 999_999_999, 1e9, 1e10, 3.6e12],
];

/** Samples that a seed decides, spread around a middle with some far above. */
function samplesOf(count: number, seed: number): readonly number[] {
  const random = randomStream(seed, 0);
  return Array.from({ length: count }, () => 1000 + random(80) + (random(12) === 0 ? 700 : 0));
}

const counts = [1, 2, 3, 5, 8, 11, 12, 20, 33, 60];
const record = (factor: number) =>
  timingTable(
    ["naive", "tiled", "best"].flatMap((kernel, i) =>
      [1, 2].map((threads) => ({
        ...{ kernel, threads, minNs: 1e6 / 3 ** i / factor, peakShare: i === 2 ? 1.2 : 0.1 * i },
        ...{ speedup: 3 ** i * factor, outliers: i * 4, gmacPerS: 0.3 * 3 ** i },
        ...{ speedupLow: 2.9 ** i * factor, speedupHigh: 3.1 ** i * factor, madNs: 1000 * i },
      }))
    ),
    { baseline: "naive", seed: 1, cores: 2, loadBefore: [factor, 1, 1], loadAfter: [4, 1, 1] },
  );

/** Statistics, tables and texts of fixed numbers. */
export const measureExact: ExactCases = {
  "measure: texts of numbers": () =>
    [formatDuration, formatRatio, formatShare, formatCount, wholePercent, threeDigits]
      .map((format) => numbers.map((number) => format(number)))
      .concat(
        ["minNs", "peakShare", "sizeBytes", "macs", "speedup", "kernel", "gmacPerS"].map((
          column,
        ) => [
          formatHeading(column),
          ...[null, true, "text", ...numbers].map((value) => formatCell(column, value)),
        ]),
      ),
  "measure: statistics": () => [
    counts.flatMap((n) => [1, 2].map((seed) => spread(samplesOf(n, seed)))),
    counts.map((n) => meanInterval(samplesOf(n, 3))),
    counts.map((n) => orderedInterval(samplesOf(n, 4), samplesOf(counts[9] - n, 5))),
    counts.flatMap((n) => counts.map((m) => n <= 12 && m <= 12 ? orderLevel(n, m) : null)),
    counts.flatMap((n) =>
      [4, 12, 30].map((m) => ratioInterval(samplesOf(n, 6), samplesOf(m, 7), randomStream(8, n)))
    ),
    counts.map(student975),
    counts.slice(1).map((n) => kendallTau(samplesOf(n, 8), samplesOf(n, 9))),
    counts.map((n) => mcnemar({ onlyFirst: n, onlySecond: 7 })),
  ],
  "measure: what nests should compute": () =>
    (["f32", "i8"] as const).flatMap((dtype) =>
      [{ m: 4, k: 5, n: 6 }, { m: 1, k: 9, n: 2 }].map((sizes) => {
        const nest = matmul({ ...sizes, dtype });
        return reference(nest, randomInputs(nest, { seed: 4 }));
      })
    ),
  "measure: loops of peaks": () => [
    (["fma", "mulAdd", "dot", "relaxedDot"] as const).map(arithmeticLoop),
    [16, 512, 65_536].map((kib) => loadLoop(1024 * kib)),
  ],
  "measure: random numbers": () => [
    [1, 2].map((seed) => randomInputs(matmul({ m: 4, k: 5, n: 6 }), { seed })),
    randomInputs(matmul({ m: 4, k: 5, n: 6, dtype: "i8" }), { seed: 3 }),
    [0, 1, 5].map((index) => Array.from({ length: 20 }, (_, i) => randomStream(9, index)(i + 2))),
  ],
  "measure: tables": () => {
    const [table, other] = [record(1), record(1.3)];
    return [
      ...[table, other].flatMap(shownOf),
      compare(table, other),
      compare(table, table),
      compare(table, other, { tolerance: 0.5 }),
    ];
  },
};

function shownOf(table: Table): readonly unknown[] {
  return [
    ...[tableToCsv, tableToHtml, tableToMarkdown, tableToText, tableToJson, verdicts, cautions]
      .map((show) => show(table)),
    tableToText(table, { width: 60 }),
    tableToText(table, { width: 100 }),
  ];
}
