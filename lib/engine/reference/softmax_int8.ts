import type { Dtype } from "../../model/dtype.ts";
import {
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul,
} from "../../model/fixed_point.ts";
import { EngineError } from "../engine_error.ts";
import { clamp } from "./clamp.ts";
import { integerRange } from "./expect.ts";
import { expOnNegative, reciprocalOfOnePlusFixed } from "./fixed_point_functions.ts";

/** Differences are held with 5 integer bits: exp(-32) is nothing. */
const DIFFERENCE_BITS = 5;

/** Sums of exponentials are held with 12 integer bits in 32: of up to 8191 equal elements. */
export const SUM_BITS = 12;

/** What longer rows may reach is held: TensorFlow Lite Micro starts from nothing again. */
const MOST_SUM = 2 ** 32 - 1;

/** Elements whose sum is never larger than that. */
export const MOST_SUMMED = 2 ** (32 - (31 - SUM_BITS)) - 1;

/**
 * Softmax of a row of 8-bit integers in fixed point. Differences to the maximum that the 5 integer
 * bits cannot hold count as minus infinity.
 */
export function softmaxRowInt8(
  { scale, beta, output }: {
    readonly scale: number;
    readonly beta: number;
    readonly output: Dtype;
  },
): (row: readonly number[]) => number[] {
  const powerOf = powerOfDifference({ scale, beta });
  const range = integerRange(output);
  const bits = output === "int16" ? 16 : 8;
  return (row) => {
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = row.map((x) => powerOf(x - most));
    const sum = Math.min(
      powers.reduce((total, power) => total + roundingDivideByPot(power, SUM_BITS), 0),
      MOST_SUM,
    );
    // sum = (1 + fraction) * 2 ** (SUM_BITS - headroom), the fraction in Q0.
    const headroom = Math.clz32(sum);
    const fraction = ((sum << headroom) >>> 0) - 2 ** 31;
    const inverse = reciprocalOfOnePlusFixed(fraction);
    const exponent = SUM_BITS - headroom + 31 - bits;
    return powers.map((power) => {
      const product = saturatingRoundingDoublingHighMul(inverse, power);
      // From 512 equal elements on, TensorFlow Lite Micro shifts an int32 by more than 31, which C does
      // not define; as a number, less than half of 2^32 rounds to nothing.
      const share = exponent > 31 ? 0 : roundingDivideByPot(product, exponent);
      return clamp(share + range.min, range);
    });
  };
}

/** exp of a difference to the maximum, in Q0; 0 beyond what the integer bits hold. */
export function powerOfDifference(
  { scale, beta }: { readonly scale: number; readonly beta: number },
): (difference: number) => number {
  // Larger factors than 2^30 - 1 give the same: 8-bit differences other than 0 give nothing.
  const real = Math.min(beta * scale * 2 ** (31 - DIFFERENCE_BITS), 2 ** 30 - 1);
  if (!(real > 1)) {
    throw new EngineError(`beta ${beta} times scale ${scale}, needed more than 2^-26`);
  }
  const factor = quantizeMultiplier(real);
  const reach = Math.floor(
    (2 ** DIFFERENCE_BITS - 1) * 2 ** (31 - DIFFERENCE_BITS) / 2 ** factor.shift,
  );
  return (difference) =>
    difference < -reach
      ? 0
      : expOnNegative(multiplyByQuantizedMultiplier(difference, factor), DIFFERENCE_BITS);
}
