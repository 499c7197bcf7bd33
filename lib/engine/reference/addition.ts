import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { clamp, outputRange } from "./clamp.ts";
import { ACTIVATIONS, expectSameType, scaleOf, zeroPointOf } from "./expect.ts";
import { broadcastIndices } from "./indices.ts";
import type { Kernel, Operation } from "./prepare.ts";

/** What tells SUB from ADD. */
export interface Addition {
  /** 1 or -1: the factor of the second operand. */
  readonly sign: 1 | -1;
  /** How the kernel computes the ratios of scales: in float64, or rounding to float32. */
  readonly round: (x: number) => number;
}

/** What tells ADD from SUB; TFLM's kernel of SUB works out its factors in float32. */
export const ADDITIONS: Readonly<Record<"ADD" | "SUB", Addition>> = {
  ADD: { sign: 1, round: (x) => x },
  SUB: { sign: -1, round: Math.fround },
};

/**
 * `a + b` or `a - b` with broadcasting. Quantized operands are brought to a common scale first, twice
 * the larger one, with 20 bits below the point (int16: 15), so that no precision is lost in the sum.
 */
export function prepareAddition(
  { attributes, inputs: [a, b], outputs: [output] }: Operation<"ADD" | "SUB">,
  { sign, round }: Addition,
): Kernel {
  const dtype = expectSameType([a, b, output], ACTIVATIONS);
  const range = outputRange(attributes.activation, output);
  const fromA = broadcastIndices(a.shape, output.shape);
  const fromB = broadcastIndices(b.shape, output.shape);
  if (dtype === "float32") {
    return ([x, z], [y]) => {
      for (let i = 0; i < y.length; i++) {
        y[i] = clamp(Math.fround(x[fromA[i]] + sign * z[fromB[i]]), range);
      }
    };
  }
  const { leftShift, factorA, factorB, factor } = additionFactors([a, b, output], round);
  const [zeroA, zeroB, zero] = [a, b, output].map(zeroPointOf);
  return ([x, z], [y]) => {
    for (let i = 0; i < y.length; i++) {
      const left = multiplyByQuantizedMultiplier((x[fromA[i]] - zeroA) << leftShift, factorA);
      const right = multiplyByQuantizedMultiplier((z[fromB[i]] - zeroB) << leftShift, factorB);
      y[i] = clamp(zero + multiplyByQuantizedMultiplier((left + sign * right) | 0, factor), range);
    }
  };
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

/** A factor between 0 and 1, which has no left shift. */
export function factorBelowOne(real: number): QuantizedMultiplier {
  const factor = quantizeMultiplier(real);
  if (real > 0 && real < 1 && factor.shift <= 0) return factor;
  throw new EngineError(`scales with a ratio of ${real}, needed above 0 and below 1`);
}
