// Fixed-point arithmetic of gemmlowp as TensorFlow Lite Micro's reference kernels use it, with its
// "double rounding": Jacob et al., "Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference" (CVPR 2018), and gemmlowp's fixedpoint/fixedpoint.h.

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * A positive real factor as `multiplier * 2 ** (shift - 31)`.
 *
 * @category Models
 */
export interface QuantizedMultiplier {
  /** 0, or in [2^30, 2^31). */
  readonly multiplier: number;
  /** Left shift if positive, right shift if negative. */
  readonly shift: number;
}

/**
 * Splits a real factor of at least 0 into a 31-bit integer and a power of two:
 * `real ~ multiplier * 2 ** (shift - 31)`. Factors too small for a shift of -31 become 0; factors of
 * 2^30 and more have no shift that int32 allows (TFLite's QuantizeMultiplier).
 *
 * @throws {RangeError} if the factor is negative, not finite, or 2^30 and more.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { quantizeMultiplier } from "tinyloom";
 *
 * assert.deepEqual(quantizeMultiplier(0.75), { multiplier: 0.75 * 2 ** 31, shift: 0 });
 * ```
 *
 * @category Models
 */
export function quantizeMultiplier(real: number): QuantizedMultiplier {
  if (!(Number.isFinite(real) && real >= 0)) {
    throw new RangeError(`multiplier ${real}, needed a finite number of at least 0`);
  }
  if (real === 0) return { multiplier: 0, shift: 0 };
  let shift = exponentOf(real);
  // Scaling by a power of two is exact in float64, in two steps where one would overflow.
  const fraction = real * 2 ** -Math.trunc(shift / 2) * 2 ** -(shift - Math.trunc(shift / 2));
  let multiplier = Math.round(fraction * 2 ** 31);
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    shift++;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  if (shift > 30) throw new RangeError(`multiplier ${real}, needed less than ${2 ** 30}`);
  return { multiplier, shift };
}

const doubleBits = new DataView(new ArrayBuffer(8));

/** The e of `real = f * 2 ** e` with f in [0.5, 1), as C's frexp gives it. */
function exponentOf(real: number): number {
  doubleBits.setFloat64(0, real);
  const biased = (doubleBits.getUint16(0) >> 4) & 0x7ff;
  if (biased !== 0) return biased - 1022;
  // A subnormal number: make it normal, then take the power back.
  return exponentOf(real * 2 ** 64) - 64;
}

/**
 * `round(a * b / 2^31)` on int32, halves up above zero and towards zero below (gemmlowp:
 * `(a * b + nudge) / 2^31` cut towards zero, nudge 2^30 or `1 - 2^30`); `-2^31 * -2^31` saturates.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { saturatingRoundingDoublingHighMul } from "tinyloom";
 *
 * assert.equal(saturatingRoundingDoublingHighMul(1000, 2 ** 30), 500);
 * ```
 *
 * @category Models
 */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  if (a === INT32_MIN && b === INT32_MIN) return INT32_MAX;
  const left = Math.abs(a);
  const right = Math.abs(b);
  const isNegative = (a < 0) !== (b < 0);
  const nudge = isNegative ? 2 ** 30 - 1 : 2 ** 30;
  // |a * b| takes 62 bits: in halves of 16 bits every step stays exact in a float64.
  const low = Math.floor(((left % 65536) * right + nudge) / 65536);
  const high = Math.floor((Math.floor(left / 65536) * right + low) / 32768);
  return isNegative ? -high | 0 : high;
}

/**
 * `round(x / 2^exponent)` on int32, halves away from zero (gemmlowp's RoundingDivideByPOT);
 * exponent 0 to 31.
 *
 * @throws {RangeError} if the exponent is outside of 0 to 31.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { roundingDivideByPot } from "tinyloom";
 *
 * assert.equal(roundingDivideByPot(-5, 1), -3);
 * ```
 *
 * @category Models
 */
export function roundingDivideByPot(x: number, exponent: number): number {
  if (!(Number.isInteger(exponent) && exponent >= 0 && exponent <= 31)) {
    throw new RangeError(`exponent ${exponent}, needed an integer from 0 to 31`);
  }
  const mask = exponent === 31 ? INT32_MAX : (1 << exponent) - 1;
  const remainder = x & mask;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/**
 * `x * multiplier * 2 ** (shift - 31)` on int32 with gemmlowp's double rounding: shift left
 * (wrapping, as C does on the targets), high multiplication, rounding shift right.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { multiplyByQuantizedMultiplier, quantizeMultiplier } from "tinyloom";
 *
 * assert.equal(multiplyByQuantizedMultiplier(1000, quantizeMultiplier(0.0123)), 12);
 * ```
 *
 * @category Models
 */
export function multiplyByQuantizedMultiplier(x: number, factor: QuantizedMultiplier): number {
  const left = factor.shift > 0 ? factor.shift : 0;
  const right = factor.shift > 0 ? 0 : -factor.shift;
  const high = saturatingRoundingDoublingHighMul(x << left, factor.multiplier);
  return roundingDivideByPot(high, right);
}

/**
 * `x * multiplier * 2 ** (shift - 31)` for an accumulator beyond int32, as int16 activations need:
 * the multiplier is cut to 15 bits, the result rounded once (TFLite's MultiplyByQuantizedMultiplier
 * of an int64).
 *
 * @throws {RangeError} if x is not in [-2^47, 2^47) or the shift not in -31 to 7.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { multiplyInt64ByQuantizedMultiplier, quantizeMultiplier } from "tinyloom";
 *
 * assert.equal(multiplyInt64ByQuantizedMultiplier(2 ** 40, quantizeMultiplier(2 ** -30)), 1024);
 * ```
 *
 * @category Models
 */
export function multiplyInt64ByQuantizedMultiplier(
  x: number,
  factor: QuantizedMultiplier,
): number {
  const { multiplier, shift } = factor;
  if (!(Number.isInteger(x) && x >= -(2 ** 47) && x < 2 ** 47)) {
    throw new RangeError(`accumulator ${x}, needed an integer of 48 bits`);
  }
  if (!(shift >= -31 && shift < 8)) throw new RangeError(`shift ${shift}, needed -31 to 7`);
  const reduced = multiplier < 0x7fff0000 ? (multiplier + (1 << 15)) >> 16 : 0x7fff;
  const totalShift = BigInt(15 - shift);
  const product = BigInt(x) * BigInt(reduced) + (1n << (totalShift - 1n));
  return Number(BigInt.asIntN(32, product >> totalShift));
}
