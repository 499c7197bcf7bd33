import { isFolded } from "../../model/folding.ts";
import type { Model } from "../../model/model.ts";
import { operatorName } from "../../model/operator.ts";
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
    const place = { operator: index, opName: operatorName(operator) };
    const kernel = located(place, () => prepareOperator(operator, model.tensors));
    return (inputs, outputs, kept) => {
      try {
        return kernel(inputs, outputs, kept);
      } catch (error) {
        // What is no number to be quantized is told as it is.
        throw error instanceof EngineError ? locatedError(error, place) : error;
      }
    };
  });
}

interface OperatorPlace {
  readonly operator: number;
  readonly opName: string;
}

/** Does work on an operator, and names its place where it cannot be executed. */
export function located<Result>(place: OperatorPlace, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw locatedError(error, place);
  }
}

/** What cannot be executed, with its place; any other error as it is. */
function locatedError(error: unknown, place: OperatorPlace): unknown {
  if (!(error instanceof EngineError || error instanceof RangeError)) return error;
  const reason = error instanceof EngineError ? error.reason : error.message;
  return new EngineError(reason, { ...place, cause: error });
}
