import type { ConstantArray } from "../../model/constant.ts";
import { dtypeRange } from "../../model/dtype.ts";
import type { Tensor } from "../../model/tensor.ts";

/**
 * The real numbers that a tensor's elements stand for: `scale * (q - zeroPoint)` for integers with
 * one scale; other elements stand for themselves.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { realValues } from "tinyloom";
 *
 * const quantization = { scales: [1 / 256], zeroPoints: [-128], axis: 0 };
 * const tensor = { name: "p", dtype: "int8", shape: [2], quantization, data: null, isVariable: false } as const;
 * assert.deepEqual(realValues(new Int8Array([-128, 0]), tensor), new Float64Array([0, 0.5]));
 * ```
 *
 * @category Files in and out
 */
export function realValues(values: ConstantArray, tensor: Tensor): Float64Array {
  const { dtype, quantization } = tensor;
  const isQuantized = dtypeRange(dtype) !== null && quantization?.scales.length === 1;
  const scale = isQuantized ? quantization.scales[0] : 1;
  const zeroPoint = isQuantized ? quantization.zeroPoints[0] : 0;
  return Float64Array.from(
    values as ArrayLike<number | bigint>,
    (q) => scale * (Number(q) - zeroPoint),
  );
}
