import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertRejects,
} from "../assert.ts";
import { measure, type MeasureOptions, tableMetadata, tableToRows, timingRows } from "tinyloom";
import { FakeClock, fakeTimed } from "./fake_timed.ts";

const quiet: MeasureOptions = { environment: { gitCommit: null } };

Deno.test("measure gives a row for each variant, speed-ups over the first", async () => {
  const clock = new FakeClock();
  const { table } = await measure(
    [
      fakeTimed(clock, "naive", () => 12),
      fakeTimed(clock, "best", () => 3, { schedule: [{ op: "tile" }] }),
    ],
    { ...quiet, now: clock.now, peakGmacPerS: () => 0.001 },
  );
  const [naive, best] = timingRows(table);
  assertEquals(naive.kernel, "naive");
  assertEquals([naive.speedup, naive.speedupLow, naive.speedupHigh], [1, 1, 1]);
  assertEquals(best.schedule, '[{"op":"tile"}]');
  assertEquals(Math.round(best.minNs), 3e6);
  assertEquals(best.speedup!.toFixed(6), "4.000000");
  assertEquals(best.speedupLow!.toFixed(6), "4.000000");
  assertEquals(best.gmacPerS.toFixed(9), (512 / 3e6).toFixed(9));
  assertEquals(best.peakShare!.toFixed(6), (512 / 3e3).toFixed(6));
  assertEquals(best.checksum, "sum of best");
});

Deno.test("measure refuses a wrong variant by name, before anything is timed", async () => {
  const clock = new FakeClock();
  let runs = 0;
  const wrong = fakeTimed(clock, "wrong", () => 1, {
    verify: () => ({ verified: false, checksum: "", maxError: 0.5, tolerance: 1e-5 }),
  });
  const right = fakeTimed(clock, "right", () => (runs++, 1));
  await assertRejects(
    () => measure([right, wrong], { ...quiet, now: clock.now }),
    Error,
    '"wrong" (8x8x8, float32) computes something else: its largest error is 0.5, allowed are 0.00001',
  );
  assertEquals(runs, 0);
});

Deno.test("measure waits for a variant that gives promises", async () => {
  const clock = new FakeClock();
  const later = (ms: number) => () => Promise.resolve().then(() => void (clock.nowMs += ms));
  const { table } = await measure(
    [
      fakeTimed(clock, "at once", () => 12),
      fakeTimed(clock, "later", () => 0, {
        verify: () => Promise.resolve({ verified: true, checksum: "", maxError: 0, tolerance: 0 }),
        warm: later(0.5),
        run: later(3),
      }),
    ],
    { ...quiet, now: clock.now },
  );
  assertEquals(timingRows(table).map(({ minNs }) => Math.round(minNs / 1e6)), [12, 3]);
});

Deno.test("measure batches quick runs until a sample is at least 1 ms", async () => {
  const clock = new FakeClock();
  const { table, samples } = await measure(
    [fakeTimed(clock, "quick", () => 0.003)],
    { ...quiet, now: clock.now, runs: 5 },
  );
  const [row] = timingRows(table);
  assertGreaterOrEqual(row.batch * 0.003, 1);
  assertEquals(Math.round(row.minNs), 3000);
  for (const sample of tableToRows(samples)) {
    assertGreaterOrEqual(Number(sample.batch) * Number(sample.ns), 0.999e6);
  }
});

Deno.test("measure warms each variant until its time per call no longer falls", async () => {
  const clock = new FakeClock();
  let calls = 0;
  const timed = fakeTimed(clock, "tiering", () => (calls < 300 ? 40 : 2), {
    warm: () => {
      calls++;
      clock.nowMs += calls < 300 ? 0.4 : 0.02;
    },
  });
  const { table } = await measure([timed], { ...quiet, now: clock.now });
  assertGreaterOrEqual(calls, 300);
  assertEquals(Math.round(timingRows(table)[0].q3Ns), 2e6);
});

Deno.test("measure keeps to its budget: the slow get few samples, the fast more", async () => {
  const clock = new FakeClock();
  const { table } = await measure([
    fakeTimed(clock, "naive", () => 13_000),
    fakeTimed(clock, "reordered", () => 3000),
    fakeTimed(clock, "best", (now) => 200 + now % 7),
  ], { ...quiet, now: clock.now, budgetMs: 60_000 });
  const [naive, reordered, best] = timingRows(table).map((row) => row.samples);
  assertEquals(naive, 3);
  assertGreaterOrEqual(reordered, 3);
  assertGreaterOrEqual(best, 10);
  assertLess(clock.nowMs, 61_000);
});

Deno.test("measure samples each variant once even if that breaks the budget, without an interval", async () => {
  const clock = new FakeClock();
  const { table } = await measure(
    [fakeTimed(clock, "naive", () => 13_000), fakeTimed(clock, "best", () => 200)],
    { ...quiet, now: clock.now, budgetMs: 1000 },
  );
  const [naive, best] = timingRows(table);
  assertEquals([naive.samples, best.samples], [1, 1]);
  assertEquals(best.speedup!.toFixed(3), "65.000");
  assertEquals([best.speedupLow, best.speedupHigh], [null, null]);
  assertEquals(tableMetadata(table).stopped, "budget");
});

Deno.test("a slow variant that takes all of the budget leaves the fast ones three samples", async () => {
  const clock = new FakeClock();
  const { table } = await measure([
    fakeTimed(clock, "naive", () => 13_000),
    fakeTimed(clock, "best", () => 20),
    fakeTimed(clock, "slower", () => 400),
  ], { ...quiet, now: clock.now, budgetMs: 1000, warmUp: { minMs: 0, maxMs: 1 } });
  const [naive, best, slower] = timingRows(table).map((row) => row.samples);
  assertEquals([naive, best, slower], [1, 3, 1]);
});

Deno.test("measure stops early once every ratio is tight", async () => {
  const clock = new FakeClock();
  const { table } = await measure(
    [fakeTimed(clock, "naive", () => 20), fakeTimed(clock, "best", () => 10)],
    { ...quiet, now: clock.now, budgetMs: 1e6, settleMs: 500 },
  );
  assertEquals(tableMetadata(table).stopped, "tight");
  assertLess(timingRows(table)[0].samples, 40);
});

Deno.test("measure interleaves: every round holds every variant, in an order fixed by the seed", async () => {
  const orders = await Promise.all([7, 7, 8].map(async (seed) => {
    const clock = new FakeClock();
    const order: string[] = [];
    await measure(
      ["a", "b", "c", "d"].map((name) =>
        fakeTimed(clock, name, (now) => 5 + now % 3, { warm: () => void (clock.nowMs += 5) })
      ),
      {
        ...quiet,
        seed,
        runs: 8,
        now: clock.now,
        onProgress: ({ phase, name }) => void (phase === "time" && order.push(name)),
      },
    );
    return order;
  }));
  for (let round = 0; round < 8; round++) {
    assertEquals(orders[0].slice(4 * round, 4 * round + 4).toSorted(), ["a", "b", "c", "d"]);
  }
  assertEquals(orders[0], orders[1]);
  assert(orders[0].join() !== orders[2].join());
});

Deno.test("measure returns what it has when it is aborted", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const { table } = await measure(
    ["a", "b", "c"].map((name) => fakeTimed(clock, name, () => 10)),
    {
      ...quiet,
      now: clock.now,
      signal: controller.signal,
      onProgress: ({ phase, done }) => void (phase === "time" && done === 1 && controller.abort()),
    },
  );
  assertEquals(table.numRows, 2);
  assertEquals(tableMetadata(table).stopped, "aborted");
});

Deno.test("measure aborted before it began gives an empty record", async () => {
  const clock = new FakeClock();
  const { table } = await measure([fakeTimed(clock, "a", () => 10)], {
    ...quiet,
    now: clock.now,
    signal: AbortSignal.abort(),
  });
  assertEquals(timingRows(table), []);
});

Deno.test("measure compares within a shape and an element type only", async () => {
  const clock = new FakeClock();
  const { table } = await measure([
    fakeTimed(clock, "naive", () => 10, { shape: "8x8x8" }),
    fakeTimed(clock, "naive", () => 80, { shape: "16x16x16" }),
    fakeTimed(clock, "best", () => 8, { shape: "16x16x16" }),
    fakeTimed(clock, "best", () => 4, { shape: "16x16x16", threads: 2 }),
    fakeTimed(clock, "best", () => 4, { shape: "16x16x16", dtype: "int8" }),
  ], { ...quiet, now: clock.now });
  assertEquals(timingRows(table).map((row) => row.speedup?.toFixed(3) ?? null), [
    "1.000",
    "1.000",
    "10.000",
    "20.000",
    null,
  ]);
});

Deno.test("measure records seed, method and circumstances, unknown facts as null", async () => {
  const clock = new FakeClock();
  const { table } = await measure([fakeTimed(clock, "a", () => 10)], {
    now: clock.now,
    seed: 42,
    environment: { gitCommit: null },
  });
  const metadata = tableMetadata(table);
  for (
    const fact of [
      ..."schemaVersion seed warmup startedUtc gitCommit gitDirty cpuModel cores loadBefore".split(
        " ",
      ),
      ..."loadAfter os deno v8 wasmFeatures timerStepNs versions baseline stopped".split(" "),
    ]
  ) assert(fact in metadata, fact);
  assertEquals(metadata.seed, 42);
  assertEquals(metadata.gitCommit, null);
  assertEquals(metadata.gitDirty, null);
});

Deno.test("measure has no BigInt in its tables", async () => {
  const clock = new FakeClock();
  const { table, samples } = await measure([fakeTimed(clock, "a", () => 10)], {
    ...quiet,
    now: clock.now,
  });
  for (const row of [...tableToRows(table), ...tableToRows(samples)]) {
    for (const value of Object.values(row)) assert(typeof value !== "bigint");
  }
});

Deno.test("measure refuses what makes no sense", async () => {
  const clock = new FakeClock();
  const one = fakeTimed(clock, "a", () => 1);
  await assertRejects(() => measure([]), TypeError, "the list of variants is empty");
  await assertRejects(() => measure([one, one]), TypeError, "a (8x8x8, float32, 1 threads)");
  await assertRejects(() => measure([one], { baseline: "b" }), RangeError, '"b" is not among a');
  await assertRejects(() => measure([one], { seed: 0.5 }), RangeError, "seed is 0.5");
  await assertRejects(() => measure([one], { runs: 0 }), RangeError, "runs is 0");
  await assertRejects(() => measure([one], { budgetMs: NaN }), RangeError, "budgetMs is NaN");
});
