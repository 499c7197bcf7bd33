import { clamp } from "./clamp.ts";
import { roundAway } from "./round.ts";

const STEPS = 512;
const INT16 = { min: -32768, max: 32767 };

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
export function lookupTable(
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
export function lookUp(table: Int16Array, x: number): number {
  const index = 256 + (x >> 7);
  const base = table[index];
  const slope = ((table[index + 1] - base) << 16) >> 16;
  return base + ((slope * (x & 127) + 64) >> 7);
}
