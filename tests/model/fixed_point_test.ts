import fc from "fast-check";
import {
  activationRange,
  multiplyByQuantizedMultiplier,
  multiplyInt64ByQuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul,
} from "tinyloom";
import { assert, assertEquals, assertThrows } from "../assert.ts";

const MIN = -(2 ** 31);
const MAX = 2 ** 31 - 1;
const int32 = fc.oneof(
  fc.integer({ min: MIN, max: MAX }),
  fc.constantFrom(MIN, MIN + 1, -1, 0, 1, 2 ** 30, MAX - 1, MAX),
);
const SEED = { seed: 3, numRuns: 2000 };

Deno.test("factors split into a 31-bit integer and a shift", () => {
  assertEquals(quantizeMultiplier(0), { multiplier: 0, shift: 0 });
  assertEquals(quantizeMultiplier(1), { multiplier: 2 ** 30, shift: 1 });
  assertEquals(quantizeMultiplier(0.5), { multiplier: 2 ** 30, shift: 0 });
  assertEquals(quantizeMultiplier(0.0123), { multiplier: 1690499128, shift: -6 });
  assertEquals(quantizeMultiplier(1 - 2 ** -40), { multiplier: 2 ** 30, shift: 1 });
  assertEquals(quantizeMultiplier(2 ** -32), { multiplier: 2 ** 30, shift: -31 });
  assertEquals(quantizeMultiplier(2 ** -33), { multiplier: 0, shift: 0 });
  assertEquals(quantizeMultiplier(Number.MIN_VALUE), { multiplier: 0, shift: 0 });
  for (const bad of [-1, NaN, Infinity, 2 ** 30]) {
    assertThrows(() => quantizeMultiplier(bad), RangeError);
  }
});

Deno.test("a split factor is within half a unit of the real one", () => {
  const factor = fc.double({ min: 2 ** -31, max: 2 ** 29, noNaN: true });
  fc.assert(
    fc.property(factor, (real) => {
      const { multiplier, shift } = quantizeMultiplier(real);
      assert(multiplier >= 2 ** 30 && multiplier <= MAX);
      const error = Math.abs(multiplier - real * 2 ** (31 - shift));
      assert(error <= 0.5, `${real}: ${error}`);
    }),
    SEED,
  );
});

Deno.test("the high product is gemmlowp's, bit for bit", () => {
  assertEquals(saturatingRoundingDoublingHighMul(MIN, MIN), MAX);
  assertEquals(saturatingRoundingDoublingHighMul(1, 2 ** 30), 1);
  assertEquals(saturatingRoundingDoublingHighMul(-1, 2 ** 30), 0);
  assertEquals(saturatingRoundingDoublingHighMul(-3, 2 ** 30), -1);
  fc.assert(
    fc.property(int32, int32, (a, b) => {
      if (a === MIN && b === MIN) return;
      const product = BigInt(a) * BigInt(b);
      const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
      const expected = Number((product + nudge) / (1n << 31n));
      assertEquals(saturatingRoundingDoublingHighMul(a, b), expected);
    }),
    SEED,
  );
});

Deno.test("division by a power of two rounds halves away from zero", () => {
  assertEquals([5, 6, 7, -5, -6, -7].map((x) => roundingDivideByPot(x, 2)), [1, 2, 2, -1, -2, -2]);
  assertThrows(() => roundingDivideByPot(1, 32), RangeError);
  fc.assert(
    fc.property(int32, fc.integer({ min: 0, max: 31 }), (x, exponent) => {
      const exact = Math.abs(x) / 2 ** exponent;
      const expected = Math.sign(x) * Math.floor(exact + 0.5);
      assertEquals(roundingDivideByPot(x, exponent), expected + 0);
    }),
    SEED,
  );
});

Deno.test("requantization rounds twice", () => {
  // A quarter becomes 1/2 in 31 bits, rounds up to 1, is halved, and rounds up again.
  assertEquals(multiplyByQuantizedMultiplier(1, quantizeMultiplier(0.25)), 1);
  assertEquals(multiplyByQuantizedMultiplier(-1, quantizeMultiplier(0.25)), 0);
  assertEquals(multiplyByQuantizedMultiplier(5, quantizeMultiplier(0.3)), 2);
  assertEquals(multiplyByQuantizedMultiplier(-5, quantizeMultiplier(0.3)), -2);
  assertEquals(multiplyByQuantizedMultiplier(100, quantizeMultiplier(4)), 400);
  assertEquals(multiplyByQuantizedMultiplier(12345, { multiplier: 0, shift: 0 }), 0);
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 24), max: 2 ** 24 }),
      fc.double({ min: 2 ** -20, max: 1, noNaN: true }),
      (x, real) => {
        const found = multiplyByQuantizedMultiplier(x, quantizeMultiplier(real));
        assert(Math.abs(found - x * real) <= 1.01);
      },
    ),
    SEED,
  );
});

Deno.test("48-bit accumulators are multiplied by 15 bits and rounded once", () => {
  const half = quantizeMultiplier(0.5);
  assertEquals(multiplyInt64ByQuantizedMultiplier(3, half), 2);
  assertEquals(multiplyInt64ByQuantizedMultiplier(-3, half), -1);
  assertEquals(multiplyInt64ByQuantizedMultiplier(2 ** 32, quantizeMultiplier(2 ** -20)), 4096);
  const full = { multiplier: MAX, shift: 0 };
  assertEquals(multiplyInt64ByQuantizedMultiplier(32768, full), 32767);
  assertThrows(() => multiplyInt64ByQuantizedMultiplier(2 ** 47, half), RangeError);
  assertThrows(
    () => multiplyInt64ByQuantizedMultiplier(1, { multiplier: 1, shift: 8 }),
    RangeError,
  );
});

Deno.test("fused activations become clamps of the output's integers", () => {
  const output = { dtype: "int8", scale: 0.1, zeroPoint: -10 } as const;
  assertEquals(activationRange("NONE", output), { min: -128, max: 127 });
  assertEquals(activationRange("RELU", output), { min: -10, max: 127 });
  assertEquals(activationRange("RELU6", output), { min: -10, max: 50 });
  assertEquals(activationRange("RELU_N1_TO_1", output), { min: -20, max: 0 });
  const coarse = { dtype: "uint8", scale: 2, zeroPoint: 3 } as const;
  assertEquals(activationRange("RELU_N1_TO_1", coarse), { min: 2, max: 4 });
  assertThrows(() => activationRange("RELU", { ...output, dtype: "float32" }), TypeError);
});
