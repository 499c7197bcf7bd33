import {
  type QuantizedMultiplier,
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul as multiply,
} from "../../model/fixed_point.ts";
import { shiftLeftSaturating, SQRT_HALF_Q0 } from "./fixed_point_functions.ts";

export const ONE_Q3 = 2 ** 28;
export const THREE_HALVES_Q3 = 2 ** 28 + 2 ** 27;

/** Steps of Newton's method, from 1. */
export const NEWTON_STEPS = 5;

/**
 * `1 / sqrt(x)` of an integer as a factor, as TFLM's `GetInvSqrtQuantizedMultiplierExp` works it out:
 * x times a power of 4 is in [1/4, 1) of Q3, where `y += y (1 - x y^2) / 2` gives the root, then
 * multiplied by sqrt(1/2). 0 counts as 1.
 */
export function inverseSquareRoot(x: number): QuantizedMultiplier {
  if (x <= 1) return { multiplier: 2 ** 31 - 1, shift: 0 };
  let rightShift = 11;
  let scaled = x;
  while (scaled >= 2 ** 29) {
    scaled >>= 2;
    rightShift++;
  }
  const pairs = ((Math.clz32(scaled) - 1) >> 1) - 1;
  scaled <<= 2 * pairs;
  rightShift -= pairs;
  const half = roundingDivideByPot(scaled >> 1, 1);
  let y = ONE_Q3;
  for (let i = 0; i < NEWTON_STEPS; i++) {
    const cube = shiftLeftSaturating(multiply(multiply(y, y), y), 6);
    y = shiftLeftSaturating((multiply(THREE_HALVES_Q3, y) - multiply(half, cube)) | 0, 3);
  }
  const root = multiply(y, SQRT_HALF_Q0);
  return rightShift < 0
    ? { multiplier: root << -rightShift, shift: 0 }
    : { multiplier: root, shift: -rightShift };
}
