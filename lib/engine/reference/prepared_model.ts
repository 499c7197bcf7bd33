import type { Model } from "../../model/model.ts";
import { foldConstants } from "./fold_constants.ts";
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
