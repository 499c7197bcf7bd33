import type { Model } from "../../model/model.ts";
import { operatorName } from "../../model/operator.ts";
import { EngineError } from "../engine_error.ts";
import { isFolded } from "./fold_constants.ts";
import type { Kernel } from "./prepare.ts";
import { prepareOperator } from "./prepare_operator.ts";

/**
 * Every operator of the main graph, ready to run, in order; null for those that write constants, and so
 * do not run.
 *
 * @throws {EngineError} for the first operator that cannot be executed, named with its index.
 */
export function prepareOperators(model: Model): readonly (Kernel | null)[] {
  return model.operators.map((operator, index) => {
    if (isFolded(operator, model.tensors)) return null;
    try {
      return prepareOperator(operator, model.tensors);
    } catch (error) {
      if (!(error instanceof EngineError || error instanceof RangeError)) throw error;
      const reason = error instanceof EngineError ? error.reason : error.message;
      const opName = operatorName(operator);
      throw new EngineError(reason, { operator: index, opName, cause: error });
    }
  });
}
