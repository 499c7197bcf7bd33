import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { clamp, outputRange } from "./clamp.ts";
import { elementwiseOfTwo } from "./elementwise.ts";
import {
  ACTIVATIONS,
  expectPlainIntegers,
  expectSameType,
  scaleOf,
  zeroPointOf,
} from "./expect.ts";
import { factorBelowOne } from "./factors.ts";
import type { Operation, ReferenceKernel } from "./prepare.ts";

/** What tells SUB from ADD. */
export interface Addition {
  /** 1 or -1: the factor of the second operand. */
  readonly sign: 1 | -1;
  /** How the kernel computes the ratios of scales: in float64, or rounding to float32. */
  readonly round: (x: number) => number;
  /** Whether a fused activation counts where elements are int32. */
  readonly clampsInt32: boolean;
}

/**
 * What tells ADD from SUB: TFLM's kernel of SUB works out its factors in float32, and that of ADD
 * leaves out the activation of int32.
 */
export const ADDITIONS: Readonly<Record<"ADD" | "SUB", Addition>> = {
  ADD: { sign: 1, round: (x) => x, clampsInt32: false },
  SUB: { sign: -1, round: Math.fround, clampsInt32: true },
};

/**
 * `a + b` or `a - b` with broadcasting. Quantized operands are brought to a common scale first, twice
 * the larger one, with 20 bits below the point (int16: 15), so that no precision is lost in the sum.
 */
export function prepareAddition(
  operation: Operation<"ADD" | "SUB">,
  { sign, round, clampsInt32 }: Addition,
): ReferenceKernel {
  const { attributes, inputs: [a, b], outputs: [output] } = operation;
  const dtype = expectSameType([a, b, output], [...ACTIVATIONS, "int32"]);
  if (dtype === "int32") {
    expectPlainIntegers([a, b, ...sign === -1 ? [output] : []]);
    const range = outputRange(clampsInt32 ? attributes.activation : "NONE", output);
    return elementwiseOfTwo(operation, (x, z) => clamp((x + sign * z) | 0, range));
  }
  const range = outputRange(attributes.activation, output);
  if (dtype === "float32") {
    return elementwiseOfTwo(operation, (x, z) => clamp(Math.fround(x + sign * z), range));
  }
  const { leftShift, factorA, factorB, factor } = additionFactors([a, b, output], round);
  const [zeroA, zeroB, zero] = [a, b, output].map(zeroPointOf);
  return elementwiseOfTwo(operation, (x, z) => {
    const left = multiplyByQuantizedMultiplier((x - zeroA) << leftShift, factorA);
    const right = multiplyByQuantizedMultiplier((z - zeroB) << leftShift, factorB);
    return clamp(zero + multiplyByQuantizedMultiplier((left + sign * right) | 0, factor), range);
  });
}

/** How quantized operands are brought to their common scale, and the sum to the output's. */
export interface AdditionFactors {
  readonly leftShift: number;
  readonly factorA: QuantizedMultiplier;
  readonly factorB: QuantizedMultiplier;
  readonly factor: QuantizedMultiplier;
}

/** The factors of quantized operands a and b and of the output. */
export function additionFactors(
  [a, b, output]: readonly Tensor[],
  round: Addition["round"],
): AdditionFactors {
  const leftShift = output.dtype === "int16" ? 15 : 20;
  const common = round(2 * Math.max(scaleOf(a), scaleOf(b)));
  return {
    leftShift,
    factorA: factorBelowOne(round(scaleOf(a) / common)),
    factorB: factorBelowOne(round(scaleOf(b) / common)),
    factor: factorBelowOne(round(common / round(2 ** leftShift * scaleOf(output)))),
  };
}
