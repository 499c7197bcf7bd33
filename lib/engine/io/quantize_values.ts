import { type ConstantArray, zeroValues } from "../../model/constant.ts";
import type { Tensor } from "../../model/tensor.ts";
import { quantize } from "../operators/quantize.ts";
import { QUANTIZED } from "../reference/expect.ts";
import type { NumberArray } from "../reference/prepare.ts";

/**
 * Real numbers as a tensor's elements, by the arithmetic of QUANTIZE: `round(x / scale) + zeroPoint`
 * (halves away from zero), saturated. A float32 tensor takes them as they are.
 *
 * @throws {TypeError} if the tensor is not float32, nor 8 or 16 bits with one scale above 0.
 * @throws {RangeError} for NaN, which no integer stands for.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { quantizeValues } from "tinyloom";
 *
 * const quantization = { scales: [0.5], zeroPoints: [-1], axis: 0 };
 * const tensor = { name: "x", dtype: "int8", shape: [3], quantization, data: null, isVariable: false } as const;
 * assert.deepEqual(quantizeValues(new Float32Array([0, 1, 1000]), tensor), new Int8Array([-1, 1, 127]));
 * ```
 *
 * @category Files in and out
 */
export function quantizeValues(reals: Float32Array, tensor: Tensor): ConstantArray {
  const { name, dtype, quantization } = tensor;
  if (dtype === "float32") return reals;
  const { scales } = quantization ?? { scales: [] };
  if (!QUANTIZED.includes(dtype) || scales.length !== 1 || !(scales[0] > 0)) {
    throw new TypeError(
      `real numbers for "${name}", which is ${dtype} with scales [${scales}]; needed float32, or ` +
        `${QUANTIZED.join(", ")} with one scale above 0`,
    );
  }
  refuseNaN(reals, name);
  const values = zeroValues(dtype, reals.length);
  const real: Tensor = { ...tensor, dtype: "float32", quantization: null };
  const kernel = quantize.reference({ attributes: {}, inputs: [real], outputs: [tensor] });
  kernel([reals], [values as NumberArray]);
  return values;
}

/** Refuses numbers that cannot be quantized. */
export function refuseNaN(reals: Float32Array, name: string): void {
  const at = reals.findIndex(Number.isNaN);
  if (at >= 0) throw new RangeError(`element ${at} for "${name}" is NaN, and is to be quantized`);
}
