import { hasValues } from "../../model/constant.ts";
import { isWeighted } from "../../model/definition_of.ts";
import type { Operator, OperatorName, TypedOperator } from "../../model/operator.ts";
import { hasUnknownExtents } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { engineOperators } from "../operators/registry.ts";
import type { ReferenceKernel } from "./prepare.ts";

/**
 * One operator, ready to run.
 *
 * @throws {EngineError} if it cannot be executed, or not with its tensors.
 */
export function prepareOperator(operator: Operator, tensors: readonly Tensor[]): ReferenceKernel {
  if (operator.op === "OPAQUE") {
    const instead = operator.opName === "edgetpu-custom-op"
      ? "; the file is compiled for Google's Edge TPU: take the one that it was compiled from"
      : "";
    throw new EngineError(
      `not supported${instead}; supported are ${supportedOperators.join(", ")}`,
    );
  }
  for (const index of [...operator.inputs, ...operator.outputs]) {
    if (index !== -1) checkTensor(tensors[index]);
  }
  refuseHybrid(operator, tensors);
  return prepareTyped(operator, tensors);
}

/** Operators that TFLite runs with float32 activations and integer weights, quantizing as it goes. */
const HYBRID: readonly string[] = ["SVDF", "BATCH_MATMUL", "UNIDIRECTIONAL_SEQUENCE_LSTM"];

function refuseHybrid(operator: Operator, tensors: readonly Tensor[]): void {
  if (!isWeighted(operator) && !HYBRID.includes(operator.op)) return;
  const given = operator.inputs.filter((index) => index !== -1).map((index) => tensors[index]);
  const weights = given.find(({ dtype, data }) => data !== null && /^u?int[48]$/.test(dtype));
  if (weights === undefined || given[0].dtype !== "float32") return;
  throw new EngineError(
    `float32 activations with ${weights.dtype} weights (a hybrid model), needed float32 weights or ` +
      "integers throughout: convert without dynamic range quantization, or with a representative " +
      "dataset; TensorFlow Lite Micro runs no hybrid model either",
  );
}

function prepareTyped<Name extends OperatorName>(
  operator: TypedOperator<Name>,
  tensors: readonly Tensor[],
): ReferenceKernel {
  return engineOperators[operator.op].reference({
    attributes: operator.attributes,
    inputs: operator.inputs.map((index) => tensors[index]),
    outputs: operator.outputs.map((index) => tensors[index]),
  });
}

function checkTensor(tensor: Tensor): void {
  const { name, isSparse, shapeSignature } = tensor;
  if (isSparse) throw new EngineError(`sparse constant "${name}", needed dense`);
  const what = tensor.data !== null ? "constant" : tensor.isVariable ? "state" : null;
  if (what !== null && !hasValues(tensor.dtype, what)) {
    throw new EngineError(`${what} "${name}" of type ${tensor.dtype}, which nothing computes with`);
  }
  if (hasUnknownExtents(tensor)) {
    throw new EngineError(
      `tensor "${name}" of the symbolic shape [${shapeSignature}], needed known extents: export the ` +
        "model with fixed shapes",
    );
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
