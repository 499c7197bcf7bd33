import type { Model } from "../../model/model.ts";
import { foldConstants, isFolded } from "./fold_constants.ts";
import { turnNegativeScales } from "./turn_scales.ts";

const prepared = new WeakMap<Model, Model>();

/**
 * The model as it is planned and run: what is known before it runs are constants, and scales of
 * weights are positive. Operators and tensors keep their indices; tensors may be added behind them.
 */
export function preparedModel(model: Model): Model {
  const known = prepared.get(model);
  if (known !== undefined) return known;
  const made = turnNegativeScales(foldConstants(model));
  prepared.set(model, made);
  prepared.set(made, made);
  return made;
}

/**
 * Operators that do not run, because everything that they read is constant (or, of SHAPE, has a fixed
 * shape): their results are computed once, and are constants for planner, engine and deployment.
 *
 * @returns Indices of operators of the main graph.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { foldedOperators, zoo } from "tinyloom";
 *
 * assert.deepEqual(foldedOperators(zoo("mlperf-tiny-ad")), []);
 * ```
 *
 * @category Reference interpreter
 */
export function foldedOperators(model: Model): readonly number[] {
  const { operators, tensors } = preparedModel(model);
  return operators.flatMap((operator, index) => isFolded(operator, tensors) ? [index] : []);
}
