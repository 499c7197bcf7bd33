import { checkArguments } from "../../check_arguments.ts";
import { type ConstantArray, zeroValues } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { runStateOf } from "../../model/run_state.ts";
import { elements } from "../../model/shape.ts";
import { graphsOf } from "../../model/subgraphs.ts";
import { preparedModel } from "./prepared_model.ts";

/**
 * What one run leaves for the next: elements of tensors by tensor index (variables, and the outputs
 * of a model whose runs may end early; those of subgraphs count on from the main graph's), then of
 * variables that VAR_HANDLE names, then whether each CALL_ONCE has run; and by `operator 3` the bytes
 * that an operator keeps beside its tensors (delay lines, noise estimates).
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
 * The state before the first run: zero, which for int8 is the zero point; of a variable that VAR_HANDLE
 * names every byte is the zero point.
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
  checkArguments("initialState", { model });
  const prepared = preparedModel(model);
  const { tensors, kept, first } = runStateOf(prepared);
  const named = first[first.length - 1] + graphsOf(prepared)[first.length - 1].tensors.length;
  const state = new Map<StateKey, ConstantArray>();
  for (const [index, { isVariable, dtype, shape, quantization }] of tensors) {
    const values = zeroValues(dtype, elements(shape));
    const zeroPoint = quantization?.zeroPoints[0] ?? 0;
    if (index >= named) new Uint8Array(values.buffer).fill(zeroPoint);
    else if (isVariable && values instanceof Int8Array) values.fill(zeroPoint);
    state.set(index, values);
  }
  for (const [operator, bytes] of kept) state.set(`operator ${operator}`, new Uint8Array(bytes));
  return state;
}
