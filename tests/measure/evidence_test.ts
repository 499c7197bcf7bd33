// Statistics that say whether one network is better than another, against values done by hand.
import fc from "fast-check";
import { kendallTau, mcnemar, meanInterval } from "tinyloom";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";

Deno.test("Kendall's tau counts pairs, and takes off those that are equal", () => {
  assertEquals(kendallTau([1, 2, 3, 4], [10, 20, 30, 40]), 1);
  assertEquals(kendallTau([1, 2, 3, 4], [4, 3, 2, 1]), -1);
  // Six pairs, one of them the other way round.
  assertEquals(kendallTau([1, 2, 3, 4], [10, 30, 20, 40]), 4 / 6);
  // Three pairs alike, one otherwise; one pair equal on the left, another on the right: 2 / √(5 · 5).
  assertEquals(kendallTau([1, 2, 2, 3], [1, 3, 2, 2]), 2 / 5);
  // Two pairs equal on the left: (3 - 1) / √(4 · 6).
  assertAlmostEquals(kendallTau([1, 1, 2, 2], [1, 2, 4, 3])!, 4 / Math.sqrt(24));
  assertEquals(kendallTau([1, 1, 1], [1, 2, 3]), null);
  assertThrows(() => kendallTau([1, 2], [1, 2, 3]), RangeError, "lists of 2 and 3");
  assertThrows(() => kendallTau([1], [1]), RangeError, "two at least");
  assertThrows(() => kendallTau([1, NaN], [1, 2]), TypeError, "NaN");
});

Deno.test("tau is symmetric, between -1 and 1, and turns with one of the lists", () => {
  const pairs = fc.array(fc.tuple(fc.integer({ max: 5, min: 0 }), fc.integer({ max: 5, min: 0 })), {
    minLength: 2,
    maxLength: 12,
  });
  fc.assert(
    fc.property(pairs, (drawn) => {
      const [xs, ys] = [drawn.map(([x]) => x), drawn.map(([, y]) => y)];
      const tau = kendallTau(xs, ys);
      assertEquals(kendallTau(ys, xs), tau);
      if (tau === null) return;
      assert(Math.abs(tau) <= 1 + 1e-12);
      assertAlmostEquals(kendallTau(xs, ys.map((y) => -y))!, -tau);
    }),
    { seed: 18 },
  );
});

Deno.test("McNemar's p values are sums of the binomial distribution", () => {
  const p = (onlyFirst: number, onlySecond: number) => mcnemar({ onlyFirst, onlySecond });
  // (1 + 10) / 2^10 on either side; mid-p leaves out half of 10 / 2^10 on either side.
  assertAlmostEquals(p(9, 1).exactP, 22 / 1024);
  assertAlmostEquals(p(9, 1).midP, 12 / 1024);
  assertAlmostEquals(p(1, 9).midP, 12 / 1024);
  // 6 / 2^4 is the chance of two each.
  assertEquals(p(2, 2).exactP, 1);
  assertAlmostEquals(p(2, 2).midP, 1 - 3 / 16);
  assertAlmostEquals(p(0, 5).exactP, 2 / 32);
  assertAlmostEquals(p(0, 5).midP, 1 / 32);
  // Half of all ways on either side, and no rounding above 1.
  for (let n = 0; n < 60; n++) {
    assertAlmostEquals(p(n, n + 1).exactP, 1);
    assert(p(n, n + 1).exactP <= 1, String(n));
  }
  assertEquals(p(0, 0), { exactP: 1, midP: 1 });
  // Fagerland and others 2013, table 2: 1 and 7 of 21 cases.
  assertEquals(p(1, 7).exactP.toFixed(4), "0.0703");
  assertEquals(p(1, 7).midP.toFixed(4), "0.0391");
  assertThrows(() => p(-1, 2), RangeError, "onlyFirst is -1");
});

Deno.test("thousands of cases lose nothing to rounding", () => {
  // By the normal distribution: z = 60 / √3000, two-sided 0.2733.
  const { midP } = mcnemar({ onlyFirst: 1530, onlySecond: 1470 });
  assert(Math.abs(midP - 0.2733) < 0.001, String(midP));
  assert(mcnemar({ onlyFirst: 3000, onlySecond: 1 }).exactP < 1e-200);
});

Deno.test("a mean's interval is Student's, and a single value has none", () => {
  const { mean, low, high } = meanInterval([90, 91, 92, 93, 94]);
  assertEquals(mean, 92);
  // t is 2.776 for four degrees of freedom, the standard error √(2.5 / 5).
  assert(Math.abs(high! - (92 + 2.776 * Math.sqrt(0.5))) < 0.01, String(high));
  assertAlmostEquals(92 - low!, high! - 92);
  assertEquals(meanInterval([7]), { mean: 7, low: null, high: null });
  assertEquals(meanInterval([7, 7]), { mean: 7, low: 7, high: 7 });
  assertThrows(() => meanInterval([]), RangeError, "no values");
});
