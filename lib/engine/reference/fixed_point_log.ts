import {
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul as multiply,
} from "../../model/fixed_point.ts";
import {
  reciprocalOfOnePlusFixed,
  shiftLeftSaturating,
  SQRT_HALF_Q0,
} from "./fixed_point_functions.ts";

/** Constants of `logOfAtLeastOne`, in Q0. */
export const LOG_CONSTANTS = {
  log2: 1488522236,
  /** `sqrt(sqrt(1/2))`. */
  centre: 1805811301,
  sqrtHalf: SQRT_HALF_Q0,
  // With c = sqrt(sqrt(2)): 11/240 c, c / 20, 2 / c - c, c / 4.
  numerator: 117049297,
  square: 127690142,
  offset: 1057819769,
  linear: 638450708,
} as const;

/** Bits in front of the point: of the argument, of sums on the way, of the result. */
export const LOG_BITS = { input: 12, sum: 6, output: 5 } as const;

/** A power of two, or a quarter, in the sums on the way. */
export const LOG_UNIT = 2 ** (31 - LOG_BITS.sum);

/**
 * `log(z)` for z >= 1: Q12 to Q5, as TFLM's `log_x_for_x_greater_than_or_equal_to_1` works it out. z
 * is a power of two, or that and sqrt(1/2), times an r near `sqrt(sqrt(1/2))`, whose logarithm is a
 * quotient of polynomials in the distance.
 */
export function logOfAtLeastOne(z: number): number {
  const k = LOG_CONSTANTS;
  const headroomA = Math.clz32(z);
  const rA = shiftLeftSaturating(multiply(z << (headroomA - 1), k.sqrtHalf), 1);
  const powerA = (LOG_BITS.input - headroomA) * LOG_UNIT + LOG_UNIT / 4;
  const headroomB = Math.clz32(multiply(z, k.sqrtHalf)) - 1;
  const rB = shiftLeftSaturating(z, headroomB);
  const powerB = (LOG_BITS.input - headroomB) * LOG_UNIT - LOG_UNIT / 4;
  const r = Math.min(rA, rB);
  const power = Math.max(powerA, powerB);

  const half = (r + k.centre + 1) >>> 1;
  const q = 2 * (r - k.centre);
  const square = multiply(q, q);
  const numerator = multiply(q, r) + multiply(multiply(q, square), k.numerator);
  const inner = (k.offset + q + multiply(k.square, square)) | 0;
  const denominator = multiply(half, inner) + multiply(k.linear, q);
  const quotient = multiply(
    roundingDivideByPot(numerator | 0, LOG_BITS.sum),
    reciprocalOfOnePlusFixed(denominator | 0),
  );
  return shiftLeftSaturating(
    (multiply(power, k.log2) + quotient) | 0,
    LOG_BITS.sum - LOG_BITS.output,
  );
}
