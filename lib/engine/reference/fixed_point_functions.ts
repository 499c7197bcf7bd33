// Functions of fixed-point numbers as gemmlowp's fixedpoint/fixedpoint.h defines them. A number with
// m integer bits ("Qm") is an int32 that stands for `raw / 2 ** (31 - m)`; products of Qm and Qn are
// Q(m + n) and round to nearest.
import {
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul as multiply,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { clamp } from "./clamp.ts";
import { elementwise } from "./elementwise.ts";
import { integerRange, scaleOf, zeroPointOf } from "./expect.ts";
import type { ReferenceKernel } from "./prepare.ts";

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const ONE_Q0 = INT32_MAX;
export const ONE_Q2 = 2 ** 29;
/** `sqrt(1/2)`. */
export const SQRT_HALF_Q0 = 1518500250;

/** `exp(x)` for x <= 0: Q`integerBits` to Q0, for 2 to 5 integer bits. */
export function expOnNegative(x: number, integerBits: number): number {
  if (x === 0) return ONE_Q0;
  const fractionalBits = 31 - integerBits;
  // x = part - rest with part in [-1/4, 0) and the rest a multiple of 1/4.
  const quarter = 1 << (fractionalBits - 2);
  const part = (x & (quarter - 1)) - quarter;
  const rest = part - x;
  let result = expNearZero(shiftLeftSaturating(part, integerBits));
  for (const { exponent, factor } of EXP_OF_MINUS_POWERS) {
    if (exponent < integerBits && (rest & (1 << (fractionalBits + exponent))) !== 0) {
      result = multiply(result, factor);
    }
  }
  return result;
}

/** `1 / (1 + x)` for x in [0, 1]: Q0 to Q0, by Newton's method. */
export function reciprocalOfOnePlusFixed(x: number): number {
  // Halving is reading Q2 as Q1.
  return shiftLeftSaturating(inverseOfHalf(x), 1);
}

/** `1 / (1 + exp(-x))`: Q`integerBits` to Q0. */
export function logisticOf(x: number, integerBits: number): number {
  if (x === 0) return 2 ** 30;
  const positive = reciprocalOfOnePlusFixed(expOnNegative(-Math.abs(x), integerBits));
  return x > 0 ? positive : ONE_Q0 - positive;
}

/** `tanh(x) = (1 - exp(-2 x)) / (1 + exp(-2 x))` for x >= 0, odd: Q`integerBits` to Q0. */
export function tanhOf(x: number, integerBits: number): number {
  if (x === 0) return 0;
  // Doubling is reading Qm as Q(m + 1).
  const inverse = inverseOfHalf(expOnNegative(-Math.abs(x), integerBits + 1));
  const positive = shiftLeftSaturating((inverse - ONE_Q2) | 0, 2);
  return x > 0 ? positive : -positive;
}

/** Q0 of exp(-(2 ** exponent)). */
const EXP_OF_MINUS_POWERS = [
  { exponent: -2, factor: 1672461947 },
  { exponent: -1, factor: 1302514674 },
  { exponent: 0, factor: 790015084 },
  { exponent: 1, factor: 290630308 },
  { exponent: 2, factor: 39332535 },
  { exponent: 3, factor: 720401 },
  { exponent: 4, factor: 242 },
] as const;

const EXP_OF_MINUS_EIGHTH = 1895147668;
const ONE_THIRD = 715827883;

/** exp on [-1/4, 0), Q0 to Q0: Taylor's polynomial of degree 4 around -1/8. */
function expNearZero(a: number): number {
  const x = a + 2 ** 28;
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const thirds = multiply(roundingDivideByPot(x4, 2) + x3, ONE_THIRD);
  const tail = roundingDivideByPot(thirds + x2, 1);
  return EXP_OF_MINUS_EIGHTH + multiply(EXP_OF_MINUS_EIGHTH, x + tail);
}

// The best linear guess of 1 / d on [1/2, 1] is 48/17 - 32/17 d; in Q2.
export const FORTY_EIGHT_SEVENTEENTHS = 1515870810;
export const MINUS_THIRTY_TWO_SEVENTEENTHS = -1010580540;

/** `2 / (1 + x)` for x in [0, 1], Q0 to Q2: three steps of `y += y (1 - d y)`, d = (1 + x) / 2. */
function inverseOfHalf(x: number): number {
  const half = Math.floor((x + ONE_Q0 + 1) / 2);
  let y = FORTY_EIGHT_SEVENTEENTHS + multiply(half, MINUS_THIRTY_TWO_SEVENTEENTHS);
  for (let i = 0; i < 3; i++) {
    const error = ONE_Q2 - multiply(half, y);
    y = (y + shiftLeftSaturating(multiply(y, error), 2)) | 0;
  }
  return y;
}

/** Left shift on int32, saturating. */
export function shiftLeftSaturating(x: number, bits: number): number {
  return Math.min(INT32_MAX, Math.max(INT32_MIN, x * 2 ** bits));
}

const INTEGER_BITS = 4;

/**
 * A function on 8-bit integers through fixed point with 4 integer bits: beyond 15 it has reached its
 * least or largest value.
 */
export function saturatingFunction(
  tensors: { readonly input: Tensor; readonly output: Tensor },
  result: {
    /** The function: 4 integer bits to none. */
    readonly compute: (x: number, integerBits: number) => number;
    /** Bits to drop from the result. */
    readonly shift: number;
    /** What is added to the result. */
    readonly zeroPoint: number;
  },
): ReferenceKernel {
  const { input, output } = tensors;
  const { compute, shift, zeroPoint } = result;
  const factor = quantizeMultiplier(scaleOf(input) * 2 ** (31 - INTEGER_BITS));
  const radius = Math.floor(
    (2 ** INTEGER_BITS - 1) * 2 ** (31 - INTEGER_BITS) / 2 ** factor.shift,
  );
  const zeroIn = zeroPointOf(input);
  const range = integerRange(output.dtype);
  return elementwise((x) => {
    const centred = x - zeroIn;
    if (centred <= -radius) return range.min;
    if (centred >= radius) return range.max;
    const value = compute(multiplyByQuantizedMultiplier(centred, factor), INTEGER_BITS);
    return clamp(roundingDivideByPot(value, shift) + zeroPoint, range);
  });
}
