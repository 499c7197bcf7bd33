import { type ConstantArray, zeroValues } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { elements } from "../../model/shape.ts";
import { keptBytes, stateTensors } from "../../model/state.ts";

/**
 * What one run leaves for the next: elements of tensors by tensor index (variables, and the outputs
 * of a model whose runs may end early), and by `operator 3` the bytes that an operator keeps beside
 * its tensors (delay lines, noise estimates).
 *
 * @category Reference interpreter
 */
export type ReferenceState = ReadonlyMap<StateKey, ConstantArray>;

/**
 * What a part of the state belongs to: the index of a tensor, or `operator 3`.
 *
 * @category Reference interpreter
 */
export type StateKey = number | `operator ${number}`;

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
  const state = new Map<StateKey, ConstantArray>();
  for (const index of stateTensors(model)) {
    const { isVariable, dtype, shape, quantization } = model.tensors[index];
    const values = zeroValues(dtype, elements(shape));
    if (isVariable && values instanceof Int8Array) values.fill(quantization?.zeroPoints[0] ?? 0);
    state.set(index, values);
  }
  model.operators.forEach((operator, index) => {
    const bytes = keptBytes(operator, model.tensors);
    if (bytes > 0) state.set(`operator ${index}`, new Uint8Array(bytes));
  });
  return state;
}
