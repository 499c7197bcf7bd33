import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "../assert.ts";
import { cautions, compare, stepVerdicts, tableFromRows, verdict, verdicts } from "tinyloom";
import { timingTable } from "./timing_table.ts";

const naive = { kernel: "naive", speedup: 1, speedupLow: 1, speedupHigh: 1 };

Deno.test("overlapping intervals are a reproduction, however far the values", () => {
  const a = timingTable([naive, { kernel: "t", speedup: 2, speedupLow: 1.5, speedupHigh: 2.6 }]);
  const b = timingTable([naive, { kernel: "t", speedup: 3, speedupLow: 2.5, speedupHigh: 3.6 }]);
  const comparison = compare(a, b);
  assertEquals(comparison.reproduced, true);
  assertEquals(comparison.rows[1].reason, "the intervals overlap");
  assertEquals(comparison.summary, "Reproduced: all 2 speed-ups agree.");
});

Deno.test("intervals apart are a reproduction only within the stated tolerance", () => {
  const a = timingTable([{ kernel: "t", speedup: 2, speedupLow: 1.99, speedupHigh: 2.01 }]);
  const b = timingTable([{ kernel: "t", speedup: 2.08, speedupLow: 2.07, speedupHigh: 2.09 }]);
  assertEquals(
    compare(a, b).rows[0].reason,
    "the intervals do not overlap; 4.0 % apart, within 5.0 %",
  );
  const strict = compare(a, b, { tolerance: 0.02 });
  assertEquals(strict.reproduced, false);
  assertEquals(
    strict.summary,
    "Not reproduced: t (8x8x8): 2.00x (1.99–2.01) against 2.08x (2.07–2.09), " +
      "the intervals do not overlap; 4.0 % apart, beyond 2.0 %.",
  );
});

Deno.test("single samples are held to a wider tolerance, which is said", () => {
  const single = (speedup: number) =>
    timingTable([{ kernel: "t", speedup, speedupLow: null, speedupHigh: null }]);
  const close = compare(single(60), single(70));
  assertEquals(close.reproduced, true);
  assertStringIncludes(close.rows[0].reason, "no interval, from a single sample; 16.7 % apart");
  assertEquals(compare(single(60), single(90)).reproduced, false);
});

Deno.test("missing variants are named on both sides", () => {
  const a = timingTable([naive, { kernel: "x" }]);
  const b = timingTable([naive, { kernel: "x", threads: 2 }]);
  const comparison = compare(a, b);
  assertEquals(comparison.reproduced, false);
  assertEquals(comparison.missingInA, ["x (8x8x8, float32, 2 threads)"]);
  assertEquals(comparison.missingInB, ["x (8x8x8, float32, 1 thread)"]);
});

Deno.test("different results for one seed are no reproduction; for two seeds they may be", () => {
  const record = (checksum: string, seed: number) =>
    timingTable([{ ...naive, checksum }], { baseline: "naive", seed });
  assertStringIncludes(compare(record("1f", 1), record("2e", 1)).summary, "the results differ");
  const other = compare(record("1f", 1), record("2e", 2));
  assertEquals(other.reproduced, true);
  assertEquals(other.differing, ["seed"]);
});

Deno.test("compare refuses other tables and other baselines", () => {
  const a = timingTable([naive], { baseline: "naive" });
  const b = timingTable([naive], { baseline: "best" });
  assertThrows(() => compare(a, b), TypeError, 'A has "naive", B has "best"');
  const other = tableFromRows([{ op: "CONV_2D" }], { metadata: { baseline: "naive" } });
  assertThrows(
    () => compare(a, other),
    TypeError,
    "Not a timing record: it lacks the columns kernel",
  );
});

Deno.test("verdict calls nothing faster or slower while the interval holds 1", () => {
  const row = (speedup: number, speedupLow: number | null, speedupHigh: number | null) =>
    verdict({ kernel: "t", speedup, speedupLow, speedupHigh }, { baseline: "naive" });
  assertEquals(row(2.93, 2.8, 3.02), "2.93x faster than naive (2.80–3.02)");
  assertEquals(row(0.5, 0.4, 0.625), "2.00x slower than naive (1.60–2.50)");
  assertEquals(row(1.02, 0.99, 1.05), "no difference from naive that can be told (0.990–1.05)");
  assertEquals(row(67, null, null), "67.0x against naive, from a single sample");
});

Deno.test("verdicts tells rows of one name apart by threads and shape", () => {
  const fast = { speedup: 2, speedupLow: 1.9, speedupHigh: 2.1 };
  const table = timingTable(
    [naive, { kernel: "best", ...fast }, { kernel: "best", ...fast, threads: 2 }],
    { baseline: "naive" },
  );
  assertEquals(verdicts(table), [
    "naive: the baseline",
    "best (1 thread): 2.00x faster than naive (1.90–2.10)",
    "best (2 threads): 2.00x faster than naive (1.90–2.10)",
  ]);
});

Deno.test("verdicts call few samples few, and say how sure their order is", () => {
  const fast = { kernel: "best", speedup: 5.63, speedupLow: 4.9, speedupHigh: 6.1 };
  const said = (samples: number, baselineSamples: number, more = {}) =>
    verdicts(
      timingTable([{ ...naive, samples: baselineSamples }, { ...fast, samples, ...more }], {
        baseline: "naive",
      }),
    )[1];
  assertEquals(
    said(3, 3),
    "best: 5.63x faster than naive (4.90–6.10; few samples, 3 against 3: 90.0 % sure)",
  );
  assertEquals(
    said(200, 4),
    "best: 5.63x faster than naive (4.90–6.10; few samples, 200 against 4)",
  );
  assertEquals(said(10, 10), "best: 5.63x faster than naive (4.90–6.10)");
  assertEquals(
    said(2, 2),
    "best: 5.63x against naive (4.90–6.10), and all samples agree, but they are too few to be " +
      "sure, 2 against 2: 66.7 % sure",
  );
  assertEquals(
    said(2, 4, { speedup: 1.1, speedupLow: 0.9, speedupHigh: 1.3 }),
    "best: no difference from naive that can be told (0.900–1.30; few samples, 2 against 4: " +
      "86.7 % sure)",
  );
});

Deno.test("a row is held to the baseline of its own shape", () => {
  const other = { shape: "9x9x9", samples: 3 };
  const lines = verdicts(timingTable([
    naive,
    { ...naive, ...other },
    { kernel: "best", speedup: 2, speedupLow: 1.9, speedupHigh: 2.1, ...other, samples: 40 },
  ], { baseline: "naive" }));
  assertStringIncludes(lines[2], "few samples, 40 against 3");
});

Deno.test("cautions say what a record suffers from, and nothing of a good one", () => {
  const good = { cores: 2, loadBefore: [1.9, 5, 5], loadAfter: [2.9, 2, 2] };
  assertEquals(cautions(timingTable([naive], good)), []);
  assertEquals(cautions(tableFromRows([{ op: "ADD" }])), []);
  const busy = { cores: 2, loadBefore: [2.1, 0, 0], loadAfter: [7, 0, 0] };
  assertEquals(cautions(timingTable([naive], busy)), [
    "The machine was busy with other work: a load of 2.10 on 2 cores before, 7.00 on 2 cores after. " +
    "Times are too long, and shares differ from run to run.",
  ]);
});

Deno.test("cautions name what was sampled once, where a speed-up has no interval for it", () => {
  const row = (kernel: string, samples: number, speedupLow: number | null) => ({
    ...{ kernel, samples, speedupLow, outliers: 0 },
  });
  const said = (...rows: readonly ReturnType<typeof row>[]) => cautions(tableFromRows(rows));
  assertEquals(said(row("naive", 1, 1), row("tiled", 3, null), row("simd", 1, null)), [
    "Sampled once: naive, simd. Speed-ups that rest on one sample have no interval: " +
    "measure longer, or again, to know how far they hold.",
  ]);
  assertEquals(said(row("naive", 2, 1), row("tiled", 3, 2)), []);
  assertEquals(said(row("naive", 1, 1), row("tiled", 1, 2)), []);
  assertEquals(cautions(tableFromRows([{ kernel: "naive", samples: 1 }])), []);
});

Deno.test("cautions explain shares above the peak by the products that are saved, else by the peak", () => {
  const row = { kernel: "winograd4", macs: 400, peakShare: 1.31 };
  const of = (multiplications: number, metadata = {}) =>
    cautions(tableFromRows([{ ...row, multiplications }], { metadata }));
  assertEquals(of(100), [
    "Above 100 % of the peak: winograd4, as GMAC/s count the plain loops' products, of which it " +
    "computes fewer (4.00x).",
  ]);
  assertStringIncludes(of(400)[0], "winograd4; the peak was measured for a moment");
  assertStringIncludes(
    of(400, { v8Flags: "--experimental-wasm-revectorize" })[0],
    "the peak is that of 128-bit vectors",
  );
  assertEquals(cautions(tableFromRows([{ ...row, peakShare: 1 }])), []);
});

Deno.test("of outliers the worst three are named, by their share, and how many more there are", () => {
  const rows = (count: number) =>
    timingTable(
      Array.from(
        { length: count },
        (_, i) => ({ kernel: `k${i}`, samples: 10 * (i + 1), outliers: 3 }),
      ),
      { cores: 2, loadBefore: [2], loadAfter: [3] },
    );
  const said = (list: string) => [
    `Outliers, as other work on the machine makes them: ${list}. ` +
    "Speed-ups go by minima, which they do not touch.",
  ];
  const three = "3 of 10 samples of k0, 3 of 20 samples of k1, 3 of 30 samples of k2";
  assertEquals(cautions(rows(3)), said(three));
  assertEquals(cautions(rows(4)), said(`${three} and some of 1 more`));
  // A load of as many as there are cores, and of this program besides, is none.
  const [busy] = cautions(timingTable([{}], { cores: 2, loadBefore: [2.01], loadAfter: [3.01] }));
  assertEquals(
    busy,
    "The machine was busy with other work: a load of 2.01 on 2 cores before, 3.01 on 2 cores after. " +
      "Times are too long, and shares differ from run to run.",
  );
});

Deno.test("steps are compared each to the one before, by their own samples", () => {
  const rows = [
    { kernel: "naive", minNs: 100, samples: 12 },
    { kernel: "tiled", minNs: 50, samples: 12 },
    { kernel: "tiled", minNs: 51, samples: 12, threads: 2 },
    { kernel: "slow", minNs: 100, samples: 12 },
  ];
  const samples = tableFromRows(
    rows.flatMap(({ kernel, minNs, threads = 1 }) =>
      Array.from({ length: 12 }, (_, i) => (
        { kernel, shape: "8x8x8", dtype: "float32", threads, ns: minNs * (1 + i / 1e4) }
      ))
    ),
  );
  const lines = stepVerdicts({ table: timingTable(rows), samples } as never);
  assertEquals(lines[0], "naive: where it begins");
  assertMatch(lines[1], /^tiled \(1 thread\): 2\.00x faster than naive \(2\.00–2\.00\)$/);
  assertMatch(
    lines[2],
    /^tiled \(2 threads\): 1\.02x slower than tiled \(1 thread\) \(1\.02–1\.02\)$/,
  );
  assertMatch(lines[3], /^slow: 1\.96x slower than tiled \(2 threads\) \(1\.96–1\.96\)$/);
});
