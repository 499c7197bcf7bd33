import {
  measure,
  type MeasureOptions,
  type MeasureProgress,
  tableMetadata,
  tableToRows,
} from "tinyloom";
import { planSamples } from "../../lib/measure/sampler.ts";
import { warmUp } from "../../lib/measure/warm_up.ts";
import { FakeClock, fakeTimed } from "../measure/fake_timed.ts";
import { type Draw, drawer } from "../plan/random_graph.ts";
import type { ExactCases } from "./exact_figures.ts";
import { one, seeds } from "./exact_odd_tables.ts";

/** What is said of runs of three or four variants, on a clock that only they move. */
async function measured(draw: Draw): Promise<unknown> {
  const clock = new FakeClock();
  const noise = drawer(draw(1000));
  const said: MeasureProgress[] = [];
  const calls: string[] = [];
  const timed = ["a", "b", "c", "d"].slice(0, 3 + draw(2)).map((name) => {
    const [middleMs, spreadMs] = [one(draw, [0.05, 0.3, 2, 40]), one(draw, [0, 0.1, 0.5])];
    return fakeTimed(clock, name, () => {
      calls.push(name);
      return middleMs * (1 + spreadMs * noise(100) / 100);
    }, { shape: one(draw, ["8x8x8", "4x4x4"]), threads: 1 + draw(2) });
  });
  const options: MeasureOptions = {
    ...{ now: clock.now, environment: { gitCommit: null }, onProgress: (each) => said.push(each) },
    ...draw(2) === 0 && { seed: draw(9) },
    ...draw(2) === 0 && { runs: 1 + draw(20) },
    ...draw(2) === 0 && { budgetMs: one(draw, [1, 10, 100, 900]) },
    ...draw(2) === 0 && { tightness: one(draw, [0, 0.01, 0.1]) },
    ...draw(2) === 0 && { settleMs: one(draw, [0, 100]) },
    ...draw(2) === 0 && { minSampleMs: one(draw, [0.1, 1, 5]) },
    ...draw(2) === 0 && { warmUp: one(draw, [{ minMs: 0, maxMs: 1 }, { minMs: 5, maxMs: 50 }]) },
    ...draw(2) === 0 && { baseline: one(draw, ["a", "b"]) },
    ...draw(2) === 0 && { peakGmacPerS: () => 0.5 },
  };
  const { table, samples } = await measure(timed, options);
  const { settings, stopped } = tableMetadata(table);
  return [
    tableToRows(table),
    tableToRows(samples),
    settings,
    stopped,
    calls.length,
    calls.slice(0, 400),
    said,
  ];
}

/** What is sampled how often, by clocks that a seed moves. */
export const sampleExact: ExactCases = {
  "measure: samples by a clock": async () => {
    const all: unknown[] = [];
    for (const draw of seeds(16)) {
      all.push(await measured(draw).catch((error) => String(error)));
    }
    return all;
  },
  "measure: plans of samples": () =>
    seeds(200).map((draw) => {
      const states = Array.from({ length: draw(5) }, () => (
        { costMs: one(draw, [1e-6, 0.5, 1, 1, 2, 7, 30]), taken: draw(5) }
      ));
      const [remainingMs, graceMs] = [one(draw, [-1, 0, 1, 5, 30, 100]), one(draw, [0, 1, 10])];
      const runs = 1 + draw(12);
      return [
        planSamples(states, { runs, remainingMs }),
        planSamples(states, { runs, remainingMs, graceMs }),
      ];
    }),
  "measure: warm runs": async () => {
    const counts: unknown[] = [];
    for (const draw of seeds(24)) {
      const clock = new FakeClock();
      const [firstMs, lastMs] = [one(draw, [0.1, 1, 2, 3]), one(draw, [0, 0.001, 0.02, 0.5, 2])];
      const pace = one(draw, [0.5, 0.9, 0.98, 0.99]);
      let calls = 0;
      const warm = () => void (clock.nowMs += Math.max(lastMs, firstMs * pace ** calls++));
      const limits = { minMs: one(draw, [0, 1, 4, 20]), maxMs: one(draw, [0, 2, 40, 200]) };
      await warmUp({ warm }, limits, clock.now);
      counts.push([calls, clock.nowMs]);
    }
    return counts;
  },
};
