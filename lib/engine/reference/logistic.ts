import { elementwise } from "./elementwise.ts";
import { ACTIVATIONS, expectSameType, expectZeroPoint, rangeOf } from "./expect.ts";
import { logisticOf } from "./fixed_point_functions.ts";
import type { Prepare } from "./prepare.ts";
import { saturatingFunction } from "./saturating_function.ts";
import { sigmoidTable, tableInput, toTableScale } from "./sigmoid_table.ts";

/** `1 / (1 + exp(-x))`. */
export const logistic: Prepare<"LOGISTIC"> = ({ inputs: [input], outputs: [output] }) => {
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype === "float32") return elementwise(logisticFloat);
  if (dtype === "int16") {
    const scale = tableInput({ input, output }, [0]);
    return elementwise((x) => fromTable(toTableScale(x, scale)));
  }
  const zeroPoint = rangeOf(dtype).min;
  expectZeroPoint("output", output, zeroPoint);
  return saturatingFunction({ input, output }, { compute: logisticOf, shift: 23, zeroPoint });
};

/** float32: above, 1 is the nearest float32. */
export const UPPER = 16.619047164916992;

/** float32: below, exp(x) is the nearest float32. */
export const LOWER = -9;

function logisticFloat(x: number): number {
  const f = Math.fround;
  if (x > UPPER) return 1;
  if (x < LOWER) return f(Math.exp(x));
  return f(1 / f(1 + f(Math.exp(-x))));
}

/** Interpolates with 9 bits, and rounds from 26 bits to 16; negative inputs by symmetry. */
function fromTable(x: number): number {
  const size = Math.abs(x);
  const i = size >> 9;
  const value = i >= 255
    ? 0x7fff << 10
    : (sigmoidTable[i] << 9) + (size & 511) * (sigmoidTable[i + 1] - sigmoidTable[i]);
  return (x >= 0 ? value + 512 : 2 ** 25 - value + 511) >> 10;
}
