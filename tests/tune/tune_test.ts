import {
  applySteps,
  bestMatmul,
  createPool,
  matmul,
  type Nest,
  reorder,
  tableMetadata,
  tableToRows,
  timingRows,
  tune,
  type TuneProgress,
  type TuneRow,
} from "tinyloom";
import { identity } from "../../lib/tune/genome.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { FakeEvaluator, judged } from "./fake_evaluator.ts";

const small = matmul({ m: 12, k: 20, n: 28 });

function rowsOf(tuned: { readonly table: Parameters<typeof tableToRows>[0] }): readonly TuneRow[] {
  return tableToRows(tuned.table) as unknown as readonly TuneRow[];
}

Deno.test("the best schedule replays on the plain nest and is the least of the log", async () => {
  const tuned = await judged(small, { evaluator: new FakeEvaluator(), evaluations: 40, seed: 3 });
  assertEquals(applySteps(small, tuned.steps), tuned.best);
  assertEquals(tuned.ended, "evaluations");
  assertEquals(tuned.measurement, null);
  const rows = rowsOf(tuned);
  const timed = rows.filter((row) => row.minNs !== null);
  assertEquals(timed.length, 40);
  const best = timed.reduce((least, row) => row.minNs! < least.minNs! ? row : least);
  assertEquals(best.schedule, JSON.stringify(tuned.steps));
  assertEquals(best.gmacPerS, 12 * 20 * 28 / best.minNs!);
  for (const row of rows) {
    assertEquals(row.minNs === null, row.reason !== null);
    assertEquals(row.minNs === null, row.outcome === "illegal" || row.outcome === "hopeless");
    assertEquals(row.verified, null);
  }
  assert(rows.some((row) => row.outcome === "illegal"));
  assertEquals(rows.map((row) => row.index), rows.map((_, index) => index));
});

Deno.test("evolution finds better than the start, and descends by generations", async () => {
  // Large enough for the start to pack, which the counting evaluator does not reward.
  const tuned = await judged(matmul({ m: 24, k: 80, n: 60 }), {
    evaluator: new FakeEvaluator(),
    evaluations: 120,
    population: 8,
  });
  const timed = rowsOf(tuned).filter((row) => row.minNs !== null);
  const least = (rows: readonly TuneRow[]) => Math.min(...rows.map((row) => row.minNs!));
  assert(least(timed) < least(timed.filter((row) => row.generation === 0)));
  const origins = new Set(timed.map((row) => row.origin));
  for (const origin of ["start", "random", "mutation", "crossover"] as const) {
    assert(origins.has(origin), origin);
  }
  assertEquals(timed.filter((row) => row.generation === 1).length, 4);
});

Deno.test("the same seed and times give the same candidates, another seed others", async () => {
  const sequence = async (seed: number) => {
    const evaluator = new FakeEvaluator();
    await judged(small, { evaluator, evaluations: 30, population: 6, seed });
    return evaluator.asked;
  };
  const first = await sequence(5);
  assertEquals(await sequence(5), first);
  assert((await sequence(6)).join() !== first.join());
});

Deno.test("the nest's own schedule is tried first", async () => {
  const own = reorder(small, ["i", "k", "j"]);
  const tuned = await judged(own, { evaluator: new FakeEvaluator(), evaluations: 3 });
  const [first] = rowsOf(tuned);
  assertEquals([first.origin, first.schedule], ["given", JSON.stringify(own.steps)]);
});

Deno.test("no schedule is tried twice, however its steps are written", async () => {
  const evaluator = new FakeEvaluator();
  const own = bestMatmul({ m: 12, k: 20, n: 28 });
  const tuned = await judged(own, { evaluator, evaluations: 60, population: 5 });
  const rows = rowsOf(tuned);
  assertEquals(new Set(rows.map((row) => row.schedule)).size, rows.length);
  const identities = rows.filter((row) => row.outcome !== "illegal")
    .map((row) => identity(applySteps(small, JSON.parse(row.schedule))));
  assertEquals(new Set(identities).size, identities.length);
});

Deno.test("the search ends when the budget is spent, after one candidate at least", async () => {
  let nowMs = 0;
  const evaluator = new FakeEvaluator("slow", () => void (nowMs += 100));
  const spent = await judged(small, { evaluator, budgetMs: 1000, now: () => nowMs });
  assertEquals([spent.ended, evaluator.asked.length], ["budget", 8]);
  const tiny = new FakeEvaluator("slow", () => void (nowMs += 100));
  const one = await judged(small, { evaluator: tiny, budgetMs: 1, now: () => nowMs });
  assertEquals([one.ended, tiny.asked.length], ["budget", 1]);
});

Deno.test("an aborted search returns the best so far, or the nest as it was", async () => {
  const controller = new AbortController();
  const evaluator = new FakeEvaluator("stops", () => {
    if (evaluator.asked.length === 5) controller.abort();
  });
  const tuned = await judged(small, { evaluator, signal: controller.signal });
  assertEquals([tuned.ended, evaluator.asked.length], ["aborted", 5]);
  const times = rowsOf(tuned).flatMap((row) => row.minNs ?? []);
  assertEquals(new FakeEvaluator().evaluate(tuned.best), Math.min(...times));
  const none = await judged(small, { evaluator, signal: AbortSignal.abort() });
  assertEquals([none.ended, none.best], ["aborted", small]);
});

Deno.test("a space with nothing new left ends the search", async () => {
  const dot = matmul({ m: 1, k: 2, n: 1 });
  const { ended } = await judged(dot, { evaluator: new FakeEvaluator(), population: 500 });
  assertEquals(ended, "exhausted");
});

Deno.test("progress tells what has been found out", async () => {
  const seen: TuneProgress[] = [];
  await judged(small, {
    evaluator: new FakeEvaluator(),
    evaluations: 10,
    onProgress: (progress) => seen.push(progress),
  });
  const last = seen.at(-1)!;
  assertEquals([last.phase, last.evaluated], ["search", 10]);
  assertEquals(last.evaluated + last.rejected, seen.length);
  assert(last.bestNs! > 0);
});

Deno.test("an evaluator that returns no time is refused", async () => {
  await assertRejects(
    () => judged(small, { evaluator: { name: "broken", evaluate: () => NaN } }),
    RangeError,
    'The evaluator "broken" must return a time above 0 ns, found NaN',
  );
});

Deno.test("options out of range are refused", async () => {
  await assertRejects(() => judged(small, { seed: 0.5 }), RangeError, "seed is 0.5");
  await assertRejects(() => judged(small, { budgetMs: 0 }), RangeError, "budgetMs is 0");
  await assertRejects(() => judged(small, { evaluations: 0 }), RangeError, "evaluations is 0");
  await assertRejects(() => judged(small, { population: 1 }), RangeError, "population is 1");
  await assertRejects(() => judged(small, { threads: 65 }), RangeError, "threads is 65");
  using pool = createPool(2);
  await assertRejects(
    () => judged(small, { threads: 3, pool }),
    TypeError,
    "threads is 3, but the pool has 2",
  );
});

Deno.test("candidates are run, verified and measured against what was given", async () => {
  const own: Nest = reorder(matmul({ m: 8, k: 8, n: 8, dtype: "i8" }), ["i", "k", "j"]);
  const tuned = await tune(own, { evaluations: 3, finalists: 2, budgetMs: 4000 });
  assert(rowsOf(tuned).every((row) => row.verified === (row.minNs === null ? null : true)));
  const measured = timingRows(tuned.measurement!.table);
  assertEquals(measured[0].kernel, "given");
  assert(measured.every((row) => row.verified));
  assert(measured.some((row) => row.schedule === JSON.stringify(tuned.steps)));
  const metadata = tableMetadata(tuned.table);
  assertEquals([metadata.seed, metadata.ended, metadata.threads], [1, tuned.ended, 1]);
});

Deno.test("two threads are used where a schedule has a parallel loop", async () => {
  using pool = createPool(2);
  const nest = matmul({ m: 16, k: 8, n: 16 });
  const tuned = await tune(nest, { pool, evaluations: 3, finalists: 3, budgetMs: 4000 });
  assert(timingRows(tuned.measurement!.table).some((row) => row.threads === 2));
});
