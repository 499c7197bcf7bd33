import { type ConstantArray, zeroValues } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { runStateOf } from "../../model/run_state.ts";
import { elements } from "../../model/shape.ts";
import { graphsOf } from "../../model/subgraphs.ts";

/**
 * Elements of what one run leaves for the next: variable tensors by tensor index (those of subgraphs
 * count on from the main graph's), then variables that VAR_HANDLE names, then whether each CALL_ONCE
 * has run.
 *
 * @category Reference interpreter
 */
export type ReferenceState = ReadonlyMap<number, ConstantArray>;

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
  const { tensors, first } = runStateOf(model);
  const named = first[first.length - 1] + graphsOf(model)[first.length - 1].tensors.length;
  return new Map(
    [...tensors].map(([index, { dtype, shape, quantization }]) => {
      const values = zeroValues(dtype, elements(shape));
      const zeroPoint = quantization?.zeroPoints[0] ?? 0;
      if (index >= named) new Uint8Array(values.buffer).fill(zeroPoint);
      else if (values instanceof Int8Array) values.fill(zeroPoint);
      return [index, values];
    }),
  );
}
