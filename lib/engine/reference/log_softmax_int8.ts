import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPot,
} from "../../model/fixed_point.ts";
import { EngineError } from "../engine_error.ts";
import { clamp } from "./clamp.ts";
import { integerRange } from "./expect.ts";
import { expOnNegative } from "./fixed_point_functions.ts";
import { LOG_BITS, logOfAtLeastOne } from "./fixed_point_log.ts";

/** Differences to the maximum are held with 5 integer bits: exp(-32) is nothing. */
const DIFFERENCE_BITS = 5;

/** Results are in units of 1 / 16, from -255 / 16 to 0. */
const OUTPUT_BITS = 4;

/** Bits that differences have and results have not. */
export const DROPPED_BITS = 31 - DIFFERENCE_BITS - OUTPUT_BITS;

/** What depends on the input's scale alone. */
export interface LogSoftmaxTables {
  /** Of every distance below the maximum, 0 to 255, what it is in Q5; 0 beyond `reach`. */
  readonly differences: Int32Array;
  /** Its exponential in Q12; 0 beyond `reach`. */
  readonly powers: Int32Array;
  /** The largest distance that Q5 can hold. */
  readonly reach: number;
  /** From Q5 back to distances. */
  readonly inverse: QuantizedMultiplier;
}

/**
 * The tables of LOG_SOFTMAX.
 *
 * @throws {EngineError} if the scale is too small.
 */
export function logSoftmaxTables(scale: number): LogSoftmaxTables {
  const real = Math.min(scale * 2 ** (31 - DIFFERENCE_BITS), 2 ** 31 - 1);
  if (!(real > 1)) throw new EngineError(`scale ${scale}, needed more than 2^-26`);
  // A quarter of it has a shift that int32 allows; with one of 31 only the distance 0 is in reach.
  const { multiplier, shift: less } = quantizeMultiplier(real / 4);
  const shift = less + 2;
  const reach = Math.floor((2 ** DIFFERENCE_BITS - 1) * 2 ** (31 - DIFFERENCE_BITS) / 2 ** shift);
  const differences = Int32Array.from({ length: 256 }, (_, distance) => (
    distance > reach ? 0 : multiplyByQuantizedMultiplier(-distance, { multiplier, shift })
  ));
  const powers = differences.map((difference, distance) => (
    distance > reach
      ? 0
      : roundingDivideByPot(expOnNegative(difference, DIFFERENCE_BITS), LOG_BITS.input)
  ));
  return {
    differences,
    powers,
    reach,
    inverse: quantizeMultiplier(2 ** (31 - shift) / multiplier),
  };
}

/** LOG_SOFTMAX of a row of int8 in fixed point: zero point 127, scale 1 / 16. */
export function logSoftmaxRowInt8(tables: LogSoftmaxTables): (row: readonly number[]) => number[] {
  const { differences, powers, reach, inverse } = tables;
  const range = integerRange("int8");
  return (row) => {
    const most = row.reduce((a, b) => Math.max(a, b), range.min);
    const sum = row.reduce((total, x) => total + powers[most - x], 0);
    const logarithm = logOfAtLeastOne(sum | 0);
    // Farther below the maximum the difference less the logarithm is beyond Q5.
    const least = multiplyByQuantizedMultiplier((logarithm - 2 ** 31) | 0, inverse);
    const beyond = Math.min(reach + 1, -least);
    return row.map((x) => {
      const distance = most - x;
      if (distance >= beyond) return range.min;
      const result = roundingDivideByPot(differences[distance] - logarithm, DROPPED_BITS);
      return clamp(result + range.max, range);
    });
  };
}
