import type { Model } from "../../model/model.ts";
import { isFolded } from "../../model/folding.ts";
import { type Operator, operatorName } from "../../model/operator.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { Kernel } from "./prepare.ts";
import { prepareOperator } from "./prepare_operator.ts";

/**
 * Every operator of the main graph, ready to run, in order; null for those that write constants, and so
 * do not run.
 *
 * @throws {EngineError} for the first operator that cannot be executed, named with its index; so do
 *   the kernels.
 */
export function prepareOperators(model: Model): readonly (Kernel | null)[] {
  return model.operators.map((operator, index) => {
    if (isFolded(operator, model.tensors)) return null;
    const named = (cause: unknown, reason: string) =>
      new EngineError(reason, { operator: index, opName: operatorName(operator), cause });
    const kernel = prepareNamed(operator, model.tensors, named);
    return (inputs, outputs) => {
      try {
        kernel(inputs, outputs);
      } catch (error) {
        throw error instanceof EngineError ? named(error, error.reason) : error;
      }
    };
  });
}

function prepareNamed(
  operator: Operator,
  tensors: readonly Tensor[],
  named: (cause: unknown, reason: string) => EngineError,
): Kernel {
  try {
    return prepareOperator(operator, tensors);
  } catch (error) {
    if (error instanceof EngineError) throw named(error, error.reason);
    throw error instanceof RangeError ? named(error, error.message) : error;
  }
}
