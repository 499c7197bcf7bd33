import { constantValues } from "../../model/constant.ts";
import {
  type QuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul as multiply,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { clamp, outputRange } from "./clamp.ts";
import { elementwiseOfTwo } from "./elementwise.ts";
import {
  expectPlainIntegers,
  expectSameType,
  isQuantized,
  scaleOf,
  zeroPointOf,
} from "./expect.ts";
import { reciprocalOfOnePlusFixed } from "./fixed_point_functions.ts";
import type { Operation, ReferenceKernel } from "./prepare.ts";

/** What is said of a division that has no result; TFLM's kernels do not look, and are lost then. */
export const DIVISION_BY_ZERO = "division by 0";
/** The same of int32, which does not hold one quotient. */
export const NO_QUOTIENT = `${DIVISION_BY_ZERO}, or division of -2147483648 by -1`;

const INT32_MIN = -(2 ** 31);

/** `a / b` with broadcasting: of int32 cut towards zero, quantized `(a - za) / (b - zb) sa / (sb sy)`. */
export function prepareDivision(operation: Operation<"DIV">): ReferenceKernel {
  const { attributes, inputs: [a, b], outputs: [output] } = operation;
  const dtype = expectSameType([a, b, output], ["float32", "int32", "int8"]);
  const range = outputRange(attributes.activation, output);
  if (dtype === "float32") {
    return elementwiseOfTwo(operation, (x, z) => clamp(Math.fround(x / z), range));
  }
  refuseZeros(b);
  if (dtype === "int32") {
    expectPlainIntegers([a, b]);
    return elementwiseOfTwo(operation, (x, z) => {
      if (z === 0 || x === INT32_MIN && z === -1) throw new EngineError(NO_QUOTIENT);
      return clamp(Math.trunc(x / z), range);
    });
  }
  const factor = quotientFactor([a, b, output]);
  const [zeroA, zeroB, zero] = [a, b, output].map(zeroPointOf);
  return elementwiseOfTwo(operation, (x, z) => {
    if (z === zeroB) throw new EngineError(DIVISION_BY_ZERO);
    return clamp(zero + quotient(x - zeroA, z - zeroB, factor), range);
  });
}

/** Refuses a constant divisor with an element that stands for 0. */
export function refuseZeros(divisor: Tensor): void {
  if (divisor.data === null) return;
  const zero = isQuantized(divisor) ? zeroPointOf(divisor) : 0;
  const values: ArrayLike<number | bigint> = constantValues(divisor);
  if (Array.prototype.some.call(values, (value) => value === zero)) {
    throw new EngineError(DIVISION_BY_ZERO);
  }
}

/** From a quotient of int8 to the output, worked out in float32. */
export function quotientFactor([a, b, output]: readonly Tensor[]): QuantizedMultiplier {
  const real = Math.fround(scaleOf(a) / Math.fround(scaleOf(b) * scaleOf(output)));
  const factor = quantizeMultiplier(real);
  if (factor.shift <= MOST_SHIFT) return factor;
  throw new EngineError(`scales with a ratio of ${real}, needed below ${2 ** MOST_SHIFT}`);
}

// A dividend of int8 has 23 bits of headroom or more: beyond that the quotient is shifted left.
const MOST_SHIFT = 23;

/**
 * The dividend, shifted left as far as it goes, times the reciprocal of the divisor, which is
 * 1 / (1 + x) for what stands behind its first bit; then the factor, and all shifts taken back.
 */
function quotient(dividend: number, divisor: number, { multiplier, shift }: QuantizedMultiplier) {
  const [x, d] = divisor < 0 ? [-dividend, -divisor] : [dividend, divisor];
  const leading = Math.clz32(d);
  const inverse = reciprocalOfOnePlusFixed((d << leading) & 0x7fffffff);
  const headroom = Math.clz32(x ^ (x >> 31)) - 1;
  const scaled = multiply(multiply(x << headroom, inverse), multiplier);
  const exponent = 31 - leading + headroom - shift;
  // Of 32 bits nothing is left behind a shift by more than 31, for which TFLM has no result.
  return exponent > 31 ? 0 : roundingDivideByPot(scaled, exponent);
}
