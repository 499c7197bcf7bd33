import fc from "fast-check";
import { randomStream, shuffled } from "../../lib/measure/random.ts";
import { planSamples } from "../../lib/measure/sampler.ts";
import { ratioInterval, spread, student975 } from "../../lib/measure/statistics.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";

Deno.test("spread gives minimum, quartiles and median absolute deviation", () => {
  assertEquals(spread([9, 1, 3, 5, 7]), { minNs: 1, q1Ns: 3, medianNs: 5, q3Ns: 7, madNs: 2 });
  assertEquals(spread([4]), { minNs: 4, q1Ns: 4, medianNs: 4, q3Ns: 4, madNs: 0 });
  assertThrows(() => spread([]), RangeError, "at least one time");
});

Deno.test("student975 agrees with the printed tables", () => {
  const printed = [[1, 12.706], [2, 4.303], [3, 3.182], [5, 2.571], [10, 2.228], [30, 2.042]];
  for (const [freedom, value] of printed) {
    assertAlmostEquals(student975(freedom), value, 0.003 * value);
  }
});

Deno.test("ratioInterval is null without a repeat", () => {
  assertEquals(ratioInterval([1], [1, 2], randomStream(1, 0)), null);
  assertEquals(ratioInterval([1, 2], [1], randomStream(1, 0)), null);
});

Deno.test("ratioInterval holds the ratio of the minima, whatever the times", () => {
  const times = fc.array(fc.double({ min: 1, max: 1e10, noNaN: true }), {
    minLength: 2,
    maxLength: 60,
  });
  fc.assert(
    fc.property(times, times, fc.integer(), (baseline, variant, seed) => {
      const { ratio, low, high } = ratioInterval(baseline, variant, randomStream(seed, 0))!;
      assertEquals(ratio, Math.min(...baseline) / Math.min(...variant));
      assert(low <= ratio && ratio <= high);
    }),
    { seed: 1, numRuns: 50 },
  );
});

Deno.test("ratioInterval is the same for the same seed and wide for few samples", () => {
  const few = [100, 103, 109];
  const many = Array.from({ length: 30 }, (_, index) => few[index % 3]);
  const width = (times: readonly number[]) => {
    const { low, high } = ratioInterval(times, times, randomStream(5, 0))!;
    return high / low;
  };
  assertEquals(width(few), width(few));
  assert(width(few) > 1.05);
  assert(width(many) < 1.01);
});

Deno.test("randomStream repeats for a seed and differs between streams", () => {
  const draw = (seed: number, index: number) => {
    const random = randomStream(seed, index);
    return Array.from({ length: 8 }, () => random(1000));
  };
  assertEquals(draw(3, 1), draw(3, 1));
  assert(draw(3, 1).join() !== draw(3, 2).join());
  assert(draw(3, 1).join() !== draw(4, 1).join());
});

Deno.test("shuffled keeps every item", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const order = shuffled(items, randomStream(seed, 0));
      assertEquals(order.toSorted((a, b) => a - b), items.toSorted((a, b) => a - b));
    }),
    { seed: 1 },
  );
});

Deno.test("planSamples brings everyone to three, then shares the time that is left", () => {
  const states = [{ costMs: 100, taken: 1 }, { costMs: 10, taken: 1 }, { costMs: 1, taken: 1 }];
  assertEquals(planSamples(states, { runs: 50, remainingMs: 1000 }), [5, 38, 49]);
  assertEquals(planSamples(states, { runs: 2, remainingMs: 1000 }), [1, 1, 1]);
  assertEquals(planSamples(states, { runs: 50, remainingMs: 0 }), [0, 0, 0]);
  assertEquals(planSamples(states, { runs: 50, remainingMs: 15 }), [0, 1, 3]);
});

Deno.test("planSamples never plans more than the time left or the samples wanted", () => {
  const state = fc.record({
    costMs: fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
    taken: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(
      fc.array(state, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 30 }),
      fc.double({ min: -10, max: 1e5, noNaN: true }),
      (states, runs, remainingMs) => {
        const more = planSamples(states, { runs, remainingMs });
        const cost = more.reduce((sum, count, index) => sum + count * states[index].costMs, 0);
        assert(cost <= Math.max(0, remainingMs) * (1 + 1e-9));
        more.forEach((count, index) =>
          assert(count >= 0 && (count === 0 || states[index].taken + count <= runs))
        );
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});
