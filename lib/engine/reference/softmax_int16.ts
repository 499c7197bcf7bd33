import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import { clamp, roundAway } from "./clamp.ts";

const INT16 = { min: -32768, max: 32767 };

/**
 * Softmax of a row of int16 by two tables: exp on [-10, 0], and 1 / (1 + x) on [0, 1]. Smaller
 * differences to the maximum count as -10.
 */
export function softmaxRowInt16(
  { scale, beta }: { readonly scale: number; readonly beta: number },
): (row: readonly number[]) => number[] {
  const { factor, exp, reciprocal } = softmaxTables({ scale, beta });
  return (row) => {
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = row.map((x) =>
      lookUp(exp, clamp(multiplyByQuantizedMultiplier(x - most, factor) + 32767, INT16))
    );
    // sum = (1 + fraction) * 2 ** (31 - headroom) / 2^15, the fraction in 16 bits.
    const sum = powers.reduce((total, power) => total + power, 0);
    const headroom = Math.clz32(sum);
    const shifted = Math.floor((sum * 2 ** (headroom - 1) + 2 ** 13) / 2 ** 14);
    const inverse = lookUp(reciprocal, clamp(shifted - 2 ** 15 - 2 ** 16, INT16));
    const shift = 31 - headroom;
    return powers.map((power) =>
      clamp(Math.floor((power * inverse + 2 ** (shift - 1)) / 2 ** shift), { min: 0, max: 32767 })
    );
  };
}

/** The tables, and the factor by which differences to the maximum are brought to that of exp. */
export function softmaxTables({ scale, beta }: { readonly scale: number; readonly beta: number }): {
  readonly factor: QuantizedMultiplier;
  readonly exp: Int16Array;
  readonly reciprocal: Int16Array;
} {
  return {
    factor: quantizeMultiplier(scale * beta / (10 / 65535)),
    exp: lookupTable(Math.exp, { input: tableScale(10, 32767), output: tableScale(2, 0) }),
    reciprocal: lookupTable((x) => Math.fround(1 / Math.fround(1 + x)), {
      input: tableScale(1, -32768),
      output: tableScale(2, 0),
    }),
  };
}

/** The numbers of a table with a span of 65535 steps and a zero point. */
function tableScale(span: number, zeroPoint: number): TableScale {
  const scale = Math.fround(span / 65535);
  return {
    lowest: Math.fround(scale * (INT16.min - zeroPoint)),
    highest: Math.fround(scale * (INT16.max - zeroPoint)),
  };
}

const STEPS = 512;

/** How the integers of a table stand for numbers. */
export interface TableScale {
  /** The number that -32768 stands for. */
  readonly lowest: number;
  /** The number that 32767 stands for. */
  readonly highest: number;
}

/**
 * A function on int16 as 513 values between which `lookUp` interpolates; values are biased so that
 * errors at the ends and in the middle of a step balance. TFLite works the table out in float32.
 */
function lookupTable(
  transform: (x: number) => number,
  scales: { readonly input: TableScale; readonly output: TableScale },
): Int16Array {
  const f = Math.fround;
  const { input, output } = scales;
  const step = f(f(input.highest - input.lowest) / STEPS);
  const inverse = f(65536 / f(output.highest - output.lowest));
  const at = (x: number) => f(f(transform(x)) * inverse);
  const table = new Int16Array(STEPS + 1);
  for (let i = 0; i < STEPS; i++) {
    const x = f(input.lowest + f(i * step));
    const value = roundAway(at(x));
    const next = at(f(input.lowest + f((i + 1) * step)));
    const interpolated = roundAway(f(f(next + value) / 2));
    const middle = roundAway(at(f(x + f(step / 2))));
    table[i] = clamp(value - roundAway((interpolated - middle) / 2), INT16);
  }
  table[STEPS] = clamp(roundAway(at(input.highest)), INT16);
  return table;
}

/** The function's value at an int16: 9 bits choose the step, 7 bits interpolate. */
function lookUp(table: Int16Array, x: number): number {
  const index = 256 + (x >> 7);
  const base = table[index];
  const slope = ((table[index + 1] - base) << 16) >> 16;
  return base + ((slope * (x & 127) + 64) >> 7);
}
