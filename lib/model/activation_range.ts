import type { Activation } from "./attributes.ts";
import { type Dtype, dtypeRange } from "./dtype.ts";

/**
 * Integers that a result is clamped to.
 *
 * @category Models
 */
export interface ActivationRange {
  /** Smallest. */
  readonly min: number;
  /** Largest. */
  readonly max: number;
}

// TANH and SIGN_BIT are not clamps: TFLite's kernels leave the type's range, and so does this.
const BOUNDS: Readonly<Record<Activation, readonly [number, number]>> = {
  NONE: [-Infinity, Infinity],
  RELU: [0, Infinity],
  RELU_N1_TO_1: [-1, 1],
  RELU6: [0, 6],
  TANH: [-Infinity, Infinity],
  SIGN_BIT: [-Infinity, Infinity],
};

/**
 * What a fused activation means for a quantized result: the clamp, in integers of the output's type
 * and quantization (TFLite's CalculateActivationRangeQuantized).
 *
 * @throws {TypeError} if the type is not an integer type of at most 32 bits.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { activationRange } from "tinyloom";
 *
 * const range = activationRange("RELU6", { dtype: "int8", scale: 6 / 255, zeroPoint: -128 });
 * assert.deepEqual(range, { min: -128, max: 127 });
 * ```
 *
 * @category Models
 */
export function activationRange(
  activation: Activation,
  output: { readonly dtype: Dtype; readonly scale: number; readonly zeroPoint: number },
): ActivationRange {
  const range = dtypeRange(output.dtype);
  if (range === null) throw new TypeError(`type ${output.dtype}, needed an integer type`);
  const [low, high] = BOUNDS[activation];
  const quantize = (real: number) =>
    output.zeroPoint + roundAway(Math.fround(real / Math.fround(output.scale)));
  return { min: Math.max(range.min, quantize(low)), max: Math.min(range.max, quantize(high)) };
}

/** C's round(): halves away from zero. */
function roundAway(x: number): number {
  return x < 0 ? -Math.round(-x) : Math.round(x);
}
