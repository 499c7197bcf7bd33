import type { Model } from "../../model/model.ts";
import {
  type Operator,
  type OperatorName,
  operatorName,
  type TypedOperator,
} from "../../model/operator.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { engineOperators } from "../operators/registry.ts";
import type { Kernel } from "./prepare.ts";

/**
 * Every operator of the main graph, ready to run, in order.
 *
 * @throws {EngineError} for the first operator that cannot be executed, named with its index; so do
 *   the kernels.
 */
export function prepareOperators(model: Model): readonly Kernel[] {
  return model.operators.map((operator, index) => {
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

function located<Result>(place: OperatorPlace, work: () => Result): Result {
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

function prepareOperator(operator: Operator, tensors: readonly Tensor[]): Kernel {
  if (operator.op === "OPAQUE") {
    throw new EngineError(`not supported; supported are ${supportedOperators.join(", ")}`);
  }
  for (const index of [...operator.inputs, ...operator.outputs]) {
    if (index !== -1) checkTensor(tensors[index]);
  }
  return prepareTyped(operator, tensors);
}

function prepareTyped<Name extends OperatorName>(
  operator: TypedOperator<Name>,
  tensors: readonly Tensor[],
): Kernel {
  return engineOperators[operator.op].reference({
    attributes: operator.attributes,
    inputs: operator.inputs.map((index) => tensors[index]),
    outputs: operator.outputs.map((index) => tensors[index]),
  });
}

function checkTensor({ name, isSparse, shapeSignature }: Tensor): void {
  if (isSparse) throw new EngineError(`sparse constant "${name}", needed dense`);
  if (shapeSignature?.includes(-1, 1)) {
    throw new EngineError(`tensor "${name}" of shape [${shapeSignature}], needed known extents`);
  }
}

/**
 * The operators that can be executed, by TFLite's name; models with others can still be planned.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { supportedOperators } from "tinyloom";
 *
 * assert.ok(supportedOperators.includes("CONV_2D"));
 * ```
 *
 * @category Reference interpreter
 */
export const supportedOperators: readonly OperatorName[] = Object.keys(
  engineOperators,
) as OperatorName[];
