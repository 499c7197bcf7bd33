import { compare, measure, type Measurement, timingRows } from "tinyloom";
import { randomStream } from "../../lib/measure/random.ts";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { FakeClock, fakeTimed } from "./fake_timed.ts";

/** A machine whose neighbours slow it down by up to 3x for stretches of seconds. */
async function runOnNoisyMachine(
  weather: number,
  trueMs: Readonly<Record<string, number>>,
): Promise<Measurement> {
  const clock = new FakeClock();
  const random = randomStream(weather, 0);
  const unit = () => random(1 << 30) / (1 << 30);
  const untilMs: number[] = [];
  const factors: number[] = [];
  const load = (nowMs: number) => {
    while ((untilMs.at(-1) ?? 0) <= nowMs) {
      untilMs.push((untilMs.at(-1) ?? 0) - 700 * Math.log(1 - unit()));
      factors.push(unit() < 0.5 ? 1 : 1 + 2 * unit());
    }
    return factors[untilMs.findIndex((end) => end > nowMs)];
  };
  const timed = Object.entries(trueMs).map(([name, ms]) =>
    fakeTimed(clock, name, (nowMs) => ms * load(nowMs) * (1 + 0.02 * unit() ** 2))
  );
  return await measure(timed, {
    seed: 1,
    now: clock.now,
    budgetMs: 10_000,
    environment: { gitCommit: null },
  });
}

const variants = { naive: 40, reordered: 12, tiled: 13, best: 0.9 };

Deno.test("two runs on a noisy machine reproduce each other's speed-ups", async () => {
  const runs = await Promise.all(
    [1, 2, 3, 4, 5, 6, 7, 8].map((w) => runOnNoisyMachine(w, variants)),
  );
  for (const a of runs) {
    for (const b of runs) {
      const { reproduced, summary } = compare(a.table, b.table);
      assert(reproduced, summary);
    }
  }
});

Deno.test("a variant that became a third slower is not reproduced", async () => {
  const before = await runOnNoisyMachine(1, variants);
  const after = await runOnNoisyMachine(2, { ...variants, best: 1.2 });
  const { reproduced, rows } = compare(before.table, after.table);
  assert(!reproduced);
  assertEquals(rows.filter((row) => !row.reproduced).map((row) => row.kernel), ["best"]);
});

Deno.test("speed-ups stay near the truth although medians do not", async () => {
  const tables = await Promise.all([11, 12, 13, 14].map((w) => runOnNoisyMachine(w, variants)));
  for (const { table } of tables) {
    const rows = timingRows(table);
    const best = rows[3];
    assertGreater(best.speedupHigh!, 0.98 * 40 / 0.9);
    assertGreater(1.02 * 40 / 0.9, best.speedupLow!);
    assert(Math.abs(best.speedup! / (40 / 0.9) - 1) < 0.02, String(best.speedup));
  }
});
