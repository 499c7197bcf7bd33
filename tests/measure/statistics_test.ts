import fc from "fast-check";
import { randomStream, shuffled } from "../../lib/measure/random.ts";
import { planSamples } from "../../lib/measure/sampler.ts";
import {
  orderedInterval,
  orderLevel,
  ratioInterval,
  spread,
  student975,
} from "../../lib/measure/statistics.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";

Deno.test("spread gives minimum, quartiles and median absolute deviation", () => {
  const outliers = 0;
  assertEquals(spread([9, 1, 3, 5, 7]), {
    ...{ minNs: 1, q1Ns: 3, medianNs: 5, q3Ns: 7, madNs: 2 },
    outliers,
  });
  assertEquals(spread([4]), { minNs: 4, q1Ns: 4, medianNs: 4, q3Ns: 4, madNs: 0, outliers });
  assertThrows(() => spread([]), RangeError, "at least one time");
});

Deno.test("samples ten robust deviations above the median are outliers, those below are not", () => {
  const times = [100, 101, 102, 103, 104];
  assertEquals(spread([...times, 102 + 14.7 * 1.5]).outliers, 0);
  assertEquals(spread([...times, 140, 150]).outliers, 2);
  assertEquals(spread([...times, 1]).outliers, 0);
  assertEquals(spread([100, 100, 100, 100, 900]).outliers, 0);
});

Deno.test("student975 agrees with the printed tables", () => {
  const printed = [[1, 12.706], [2, 4.303], [3, 3.182], [5, 2.571], [10, 2.228], [30, 2.042]];
  for (const [freedom, value] of printed) {
    assertAlmostEquals(student975(freedom), value, 0.003 * value);
  }
});

/** Student's two-sided probability for an even number of degrees of freedom (Abramowitz and Stegun 26.7.4). */
function probability(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  let [term, sum] = [1, 1];
  for (let k = 2; k <= freedom - 2; k += 2) {
    term *= (k - 1) / k * Math.cos(angle) ** 2;
    sum += term;
  }
  return Math.sin(angle) * sum;
}

Deno.test("student975 differs from the exact value by the fifth power of the degrees of freedom alone", () => {
  const errors = [20, 40, 80, 160].map((freedom) => {
    let [low, high] = [1.9, 2.2];
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (probability(middle, freedom) < 0.95) low = middle;
      else high = middle;
    }
    return (student975(freedom) - low) * freedom ** 4;
  });
  // Twice as many degrees of freedom, half of what is left of the fourth power.
  const [a, b, c, d] = errors;
  const left = [2 * b - a, 2 * c - b, 2 * d - c];
  const limit = (4 * left[1] - left[0]) / 3;
  assertAlmostEquals(limit, 0, 2e-3);
  assertAlmostEquals((4 * left[2] - left[1]) / 3, 0, 2e-3);
});

Deno.test("an interval of many samples leaves out one in forty repeats at either end", () => {
  // Of ten samples a repeat finds the third in 5.6 % at most, the fourth in less than 2.5 %.
  const baseline = [100, 101, 102, 103, 200, 300, 400, 500, 600, 700];
  const variant = new Array<number>(10).fill(50);
  // Twice the times of a repeat, for nine degrees of freedom: t = 2.262157, not 1.959964.
  const expansion = 2.262157 / 1.959964 * Math.sqrt(10 / 9);
  for (const seed of [1, 2, 3]) {
    const random = randomStream(seed, 0);
    const { ratio, low, high } = ratioInterval(baseline, variant, random)!;
    assertEquals(ratio, 2);
    assertAlmostEquals(high / ratio, 1.02 ** expansion, 1e-5);
    assertAlmostEquals(ratio / low, 1.02 ** expansion, 1e-5);
    const other = ratioInterval(variant, baseline, random)!;
    assertAlmostEquals(other.high / other.ratio, 1.02 ** expansion, 1e-5);
    assertAlmostEquals(other.ratio / other.low, 1.02 ** expansion, 1e-5);
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

// How often 2.5 % and more of the orders of n and m samples lie at an end: by all of them.
function levelByAllOrders(n: number, m: number): number {
  const counts = new Map<number, number>();
  let all = 0;
  for (let chosen = 0; chosen < 2 ** (n + m); chosen++) {
    const bits = [...Array(n + m).keys()].map((bit) => chosen >> bit & 1);
    if (bits.reduce((sum, bit) => sum + bit, 0) !== n) continue;
    const u = bits.reduce(
      (sum, bit, at) => sum + (bit ? bits.slice(0, at).filter((other) => !other).length : 0),
      0,
    );
    counts.set(u, (counts.get(u) ?? 0) + 1);
    all++;
  }
  let tail = counts.get(0)!;
  for (let u = 1; (tail + counts.get(u)!) / all <= 0.025; u++) tail += counts.get(u)!;
  return 1 - 2 * tail / all;
}

Deno.test("the level of an interval by order is that of all orders counted", () => {
  for (const [n, m] of [[2, 2], [2, 6], [3, 3], [3, 4], [4, 4], [5, 6], [3, 9], [6, 6]]) {
    assertAlmostEquals(orderLevel(n, m), levelByAllOrders(n, m), 1e-12);
    assertEquals(orderLevel(n, m), orderLevel(m, n));
  }
  assertAlmostEquals(orderLevel(3, 3), 0.9, 1e-12);
  assertEquals(orderLevel(4, 200), orderLevel(4, 10));
});

// The critical value of U for five against five is 2 (5 %, both sides): that many ratios go at either end.
Deno.test("an interval by order leaves out what the exact distribution allows", () => {
  const ones = [1, 1, 1, 1, 1];
  assertEquals(orderedInterval([1, 2, 3, 4, 5], ones), [1, 5]);
  assertEquals(orderedInterval([10, 20, 30], [1, 2, 4]), [2.5, 30]);
  const apart = orderedInterval([2, 3, 5, 7, 11], [1.01, 1.02, 1.03, 1.04, 1.05]);
  assertEquals(apart, [2 / 1.03, 11 / 1.03]);
});

Deno.test("few samples that lie far apart give an interval within them, not an absurd one", () => {
  const { ratio, low, high } = ratioInterval([80, 83, 92], [5, 5.1, 80], randomStream(1, 0))!;
  assertEquals([ratio, low, high], [16, 1, 18.4]);
  const separated = ratioInterval([563, 570, 601], [100, 101, 103], randomStream(1, 0))!;
  assertEquals([separated.low, separated.high], [563 / 103, 6.01]);
});

Deno.test("an interval of few samples holds a repeat as often as its level says", () => {
  const random = randomStream(7, 0);
  const draw = () => 100 * Math.exp(random(1000) / 1000);
  for (const [n, m] of [[3, 3], [4, 6], [5, 5]]) {
    let held = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const times = (count: number) => Array.from({ length: count }, draw);
      const [low, high] = orderedInterval(times(n), times(m));
      if (low <= 1 && high >= 1) held++;
    }
    assertAlmostEquals(held / 2000, orderLevel(n, m), 0.02);
  }
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
  // Past the end the cheap ones are brought to three still, where that takes little.
  assertEquals(planSamples(states, { runs: 50, remainingMs: -80, graceMs: 82 }), [0, 0, 2]);
  assertEquals(planSamples(states, { runs: 50, remainingMs: -80, graceMs: 102 }), [0, 2, 2]);
  assertEquals(planSamples(states, { runs: 50, remainingMs: -80, graceMs: 80 }), [0, 0, 0]);
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
