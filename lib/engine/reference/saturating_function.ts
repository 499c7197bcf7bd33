import {
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPot,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { clamp } from "./clamp.ts";
import { elementwise } from "./elementwise.ts";
import { rangeOf, scaleOf, zeroPointOf } from "./expect.ts";
import type { Kernel } from "./prepare.ts";

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
): Kernel {
  const { input, output } = tensors;
  const { compute, shift, zeroPoint } = result;
  const factor = quantizeMultiplier(scaleOf(input) * 2 ** (31 - INTEGER_BITS));
  const radius = Math.floor(
    (2 ** INTEGER_BITS - 1) * 2 ** (31 - INTEGER_BITS) / 2 ** factor.shift,
  );
  const zeroIn = zeroPointOf(input);
  const range = rangeOf(output.dtype);
  return elementwise((x) => {
    const centred = x - zeroIn;
    if (centred <= -radius) return range.min;
    if (centred >= radius) return range.max;
    const value = compute(multiplyByQuantizedMultiplier(centred, factor), INTEGER_BITS);
    return clamp(roundingDivideByPot(value, shift) + zeroPoint, range);
  });
}
