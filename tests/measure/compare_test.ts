import { assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { compare, tableFromRows, verdict, verdicts } from "tinyloom";
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
  assertStringIncludes(row(67, null, null), "67.0x against naive, from a single sample");
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
