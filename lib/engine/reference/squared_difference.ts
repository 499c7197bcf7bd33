import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { clamp } from "./clamp.ts";
import { elementwiseOfTwo } from "./elementwise.ts";
import { expectSameType, expectZeroPoint, integerRange, scaleOf, zeroPointOf } from "./expect.ts";
import { factorBelowOne } from "./factors.ts";
import type { Operation, ReferenceKernel } from "./prepare.ts";

/** How quantized operands are brought to their common scale, and the square to the output's. */
export interface SquareFactors {
  readonly leftShift: number;
  readonly factorA: QuantizedMultiplier;
  readonly factorB: QuantizedMultiplier;
  readonly factor: QuantizedMultiplier;
}

/**
 * `(a - b) ** 2` with broadcasting. Quantized operands are brought to twice the larger scale first,
 * with 7 bits below the point (int16: none), so that the square fits int32.
 */
export function prepareSquaredDifference(
  operation: Operation<"SQUARED_DIFFERENCE">,
): ReferenceKernel {
  const { inputs: [a, b], outputs: [output] } = operation;
  const dtype = expectSameType([a, b, output], ["float32", "int32", "int8", "int16"]);
  const f = Math.fround;
  if (dtype === "float32") return elementwiseOfTwo(operation, (x, z) => f(f(x - z) ** 2));
  if (dtype === "int32") {
    return elementwiseOfTwo(operation, (x, z) => {
      const difference = (x - z) | 0;
      return Math.imul(difference, difference);
    });
  }
  if (dtype === "int16") {
    for (const tensor of [a, b, output]) expectZeroPoint(`tensor "${tensor.name}"`, tensor, 0);
  }
  const { leftShift, factorA, factorB, factor } = squareFactors([a, b, output]);
  const [zeroA, zeroB, zero] = [a, b, output].map(zeroPointOf);
  const range = integerRange(dtype);
  return elementwiseOfTwo(operation, (x, z) => {
    const left = multiplyByQuantizedMultiplier((x - zeroA) << leftShift, factorA);
    const right = multiplyByQuantizedMultiplier((z - zeroB) << leftShift, factorB);
    const square = (left - right) ** 2;
    return clamp(zero + multiplyByQuantizedMultiplier(square, factor), range);
  });
}

/** The factors of quantized operands a and b and of the output. */
export function squareFactors([a, b, output]: readonly Tensor[]): SquareFactors {
  const leftShift = output.dtype === "int16" ? 0 : 7;
  const common = 2 * Math.max(scaleOf(a), scaleOf(b));
  const unit = Math.fround(2 ** (2 * leftShift) * scaleOf(output));
  return {
    leftShift,
    factorA: factorBelowOne(scaleOf(a) / common),
    factorB: factorBelowOne(scaleOf(b) / common),
    factor: quantizeMultiplier(common * common / unit),
  };
}
