import { type Dtype, dtypeBits } from "./dtype.ts";

/** Most dimensions of a tensor; no kernel has more than 8, and a bound keeps checks cheap. */
export const MAX_RANK = 32;

/**
 * Number of elements of a shape; 1 for a scalar (`[]`).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { elements } from "tinyloom";
 *
 * assert.equal(elements([1, 96, 96, 3]), 27648);
 * ```
 *
 * @category Models
 */
export function elements(shape: readonly number[]): number {
  let product = 1;
  for (const extent of shape) product *= extent;
  return product;
}

/**
 * Bytes of a dense tensor. Elements below 8 bits are packed over the whole tensor, as TFLite packs
 * them: `ceil(elements * bits / 8)`. A `string` or `variant` tensor counts 0: its size is not known
 * from its shape.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sizeBytes } from "tinyloom";
 *
 * assert.equal(sizeBytes({ shape: [3, 3], dtype: "int4" }), 5);
 * ```
 *
 * @category Models
 */
export function sizeBytes(tensor: {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}): number {
  return Math.ceil(elements(tensor.shape) * dtypeBits(tensor.dtype) / 8);
}
