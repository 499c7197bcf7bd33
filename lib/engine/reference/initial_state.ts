import { type ConstantArray, zeroValues } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { elements } from "../../model/shape.ts";

/**
 * Elements of the variable tensors by tensor index: what one run leaves for the next.
 *
 * @category Reference interpreter
 */
export type ReferenceState = ReadonlyMap<number, ConstantArray>;

/**
 * The state before the first run: zero, which for int8 is the zero point.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { initialState, zoo } from "tinyloom";
 *
 * assert.equal(initialState(zoo("mlperf-tiny-ad")).size, 0);
 * ```
 *
 * @category Reference interpreter
 */
export function initialState(model: Model): ReferenceState {
  const state = new Map<number, ConstantArray>();
  model.tensors.forEach(({ isVariable, dtype, shape, quantization }, index) => {
    if (!isVariable) return;
    const values = zeroValues(dtype, elements(shape));
    if (values instanceof Int8Array) values.fill(quantization?.zeroPoints[0] ?? 0);
    state.set(index, values);
  });
  return state;
}
