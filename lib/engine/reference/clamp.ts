import { activationRange } from "../../model/activation_range.ts";
import type { Activation } from "../../model/attributes.ts";
import type { Tensor } from "../../model/tensor.ts";
import { integerRange, scaleOf, zeroPointOf } from "./expect.ts";

const BOUNDS: Readonly<Record<Activation, readonly [number, number]>> = {
  NONE: [-Infinity, Infinity],
  RELU: [0, Infinity],
  RELU_N1_TO_1: [-1, 1],
  RELU6: [0, 6],
  // No clamp, and left out by TFLite's kernels; SVDF has its own way.
  TANH: [-Infinity, Infinity],
  SIGN_BIT: [-Infinity, Infinity],
};

/** The largest float32. */
export const LARGEST_FLOAT = 2 ** 128 - 2 ** 104;

/** The number of [min, max] nearest to x; NaN stays, and -0 where 0 is allowed. */
export function clamp(x: number, range: { readonly min: number; readonly max: number }): number {
  return x < range.min ? range.min : x > range.max ? range.max : x;
}

/**
 * What a fused activation lets through, in the elements of the output. float32 ends at its largest
 * number (TFLite's CalculateActivationRange), int32 is no quantization of anything.
 */
export function outputRange(
  activation: Activation,
  output: Tensor,
): { readonly min: number; readonly max: number } {
  if (output.dtype === "float32" || output.dtype === "int32") {
    const [low, high] = BOUNDS[activation];
    const { min, max } = output.dtype === "int32"
      ? integerRange("int32")
      : { min: -LARGEST_FLOAT, max: LARGEST_FLOAT };
    return { min: Math.max(min, low), max: Math.min(max, high) };
  }
  // Refuses types that are none of integers in the engine's words.
  integerRange(output.dtype);
  return activationRange(activation, {
    dtype: output.dtype,
    scale: scaleOf(output),
    zeroPoint: zeroPointOf(output),
  });
}

/** C's `round`: halves away from zero. */
export function roundAway(x: number): number {
  return x < 0 ? -Math.round(-x) : Math.round(x);
}

/** C's division of integers: the fraction is dropped. */
export function quotient(a: number, b: number): number {
  return Math.trunc(a / b);
}
