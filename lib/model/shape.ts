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

/** Whether extents, but for a batch, are not known until run time: the shape holds any number there. */
export function hasUnknownExtents(
  { shapeSignature }: { readonly shapeSignature?: readonly number[] },
): boolean {
  return shapeSignature?.includes(-1, 1) ?? false;
}

/** Elements from one index to the next, for every dimension of a row-major array. */
export function strides(shape: readonly number[]): number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) result[i] = result[i + 1] * shape[i + 1];
  return result;
}

/** Position in a row-major array: the sum of index times stride. */
export function position(index: readonly number[], steps: readonly number[]): number {
  let sum = 0;
  for (let axis = 0; axis < index.length; axis++) sum += index[axis] * steps[axis];
  return sum;
}

/** Where all elements of a row-major array lie. */
export function wholeOf(
  { shape }: { readonly shape: readonly number[] },
): { readonly first: number; readonly steps: readonly number[] } {
  return { first: 0, steps: strides(shape) };
}

/** Parts of an array, one behind the other along an axis: where each lies in it, and by itself. */
export function partsAlong(
  axis: number,
  { shape, extents }: { readonly shape: readonly number[]; readonly extents: readonly number[] },
) {
  const steps = strides(shape);
  let next = 0;
  return extents.map((extent) => {
    const own = shape.with(axis, extent);
    const within = { first: next * steps[axis], steps };
    next += extent;
    return { extents: own, within, alone: wholeOf({ shape: own }) };
  });
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
