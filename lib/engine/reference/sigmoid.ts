import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { expectZeroPoint, scaleOf } from "./expect.ts";

// TFLite's table is one above the rounded value in these places.
const RAISED = new Set(
  // deno-fmt-ignore
  [
    4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41,
    43, 44, 45, 46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255,
  ],
);

/** `2^16 / (1 + exp(-i / 24))` for i from 0 to 255: the logistic function on [0, 10.6], in 16 bits. */
export const sigmoidTable: readonly number[] = Array.from(
  { length: 256 },
  (_, i) => Math.round(65536 / (1 + Math.exp(-i / 24))) + (RAISED.has(i) ? 1 : 0),
);

/** How int16 inputs are brought to the table's scale: `(x * multiplier + half) >> shift`. */
export interface TableInput {
  readonly multiplier: number;
  readonly shift: number;
}

/**
 * The factor from an input's scale to 1 / (3 * 4096), at which 2^17 stands for 10.7. Scales that are
 * powers of two have an exact one.
 *
 * @param leftShifts What `4096 * scale` may be as a power of two for the exact one.
 */
export function tableInput(
  { input, output }: { readonly input: Tensor; readonly output: Tensor },
  leftShifts: readonly number[],
): TableInput {
  expectZeroPoint("input", input, 0);
  expectZeroPoint("output", output, 0);
  if (powerOfTwo(scaleOf(output)) !== -15) {
    throw new EngineError(`output of scale ${scaleOf(output)}, needed 2^-15`);
  }
  const exponent = powerOfTwo(scaleOf(input));
  if (exponent !== null && leftShifts.includes(12 + exponent)) {
    return { multiplier: 3 * 2 ** (12 + exponent), shift: 0 };
  }
  let multiplier = scaleOf(input) * 4096 * 3;
  let shift = 0;
  while (multiplier <= 32767 / 2 && shift <= 30) {
    multiplier *= 2;
    shift++;
  }
  if (multiplier >= 32768) {
    throw new EngineError(`input of scale ${scaleOf(input)}, needed less than 2.6`);
  }
  return { multiplier: Math.trunc(multiplier), shift };
}

/** An input at the table's scale. */
export function toTableScale(x: number, { multiplier, shift }: TableInput): number {
  const half = shift > 0 ? 2 ** (shift - 1) : 0;
  return Math.floor((x * multiplier + half) / 2 ** shift);
}

/** Logistic function, 2^-15: interpolates with 9 bits, and rounds from 26; negative by symmetry. */
export function logisticFromTable(x: number): number {
  const size = Math.abs(x);
  const i = size >> 9;
  const value = i >= 255
    ? 0x7fff << 10
    : (sigmoidTable[i] << 9) + (size & 511) * (sigmoidTable[i + 1] - sigmoidTable[i]);
  return (x >= 0 ? value + 512 : 2 ** 25 - value + 511) >> 10;
}

/** `tanh(x) = 2 logistic(2 x) - 1`, 2^-15, by the logistic function's table and 8 bits. */
export function tanhFromTable(x: number): number {
  const size = Math.abs(x);
  const i = size >> 8;
  const value = i >= 255
    ? 0xffff << 8
    : (sigmoidTable[i] << 8) + (size & 255) * (sigmoidTable[i + 1] - sigmoidTable[i]);
  return (x >= 0 ? value - 2 ** 23 + 128 : 2 ** 23 - value + 127) >> 8;
}

function powerOfTwo(scale: number): number | null {
  const exponent = Math.round(Math.log2(scale));
  return Math.abs(Math.log2(scale) - exponent) < 1e-3 ? exponent : null;
}

/** float32: above, 1 is the nearest float32. */
export const UPPER = 16.619047164916992;

/** float32: below, exp(x) is the nearest float32. */
export const LOWER = -9;

export function logisticFloat(x: number): number {
  const f = Math.fround;
  if (x > UPPER) return 1;
  if (x < LOWER) return f(Math.exp(x));
  return f(1 / f(1 + f(Math.exp(-x))));
}
