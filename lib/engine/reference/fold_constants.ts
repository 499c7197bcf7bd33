import { type ConstantArray, constantValues, zeroValues } from "../../model/constant.ts";
import { withFolded } from "../../model/folding.ts";
import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { NumberArray } from "./prepare.ts";
import { prepareOperator } from "./prepare_operator.ts";
import { located, operatorPlace } from "./prepare_operators.ts";

/**
 * The model with the results of operators that read constants alone, as their reference computes them.
 * The operators keep their places, and write constants. `graph` is the number of what stands in the
 * main graph's place.
 *
 * @throws {EngineError} for such an operator that is not supported, or not for its types.
 */
export function foldConstants(model: Model, graph = 0): Model {
  return withFolded(
    model,
    (operator, index, tensors) =>
      located(operatorPlace(operator, { graph, index }), () => resultsOf(operator, tensors)),
  );
}

function resultsOf(operator: Operator, tensors: readonly Tensor[]): Uint8Array[] {
  const kernel = prepareOperator(operator, tensors);
  const inputs = operator.inputs.map((index) =>
    index === -1 || tensors[index].data === null ? new Int8Array(0) : constantValues(tensors[index])
  );
  const outputs = operator.outputs.map((index): ConstantArray =>
    zeroValues(tensors[index].dtype, elements(tensors[index].shape))
  );
  kernel(inputs as NumberArray[], outputs as NumberArray[]);
  return outputs.map(({ buffer, byteOffset, byteLength }) =>
    new Uint8Array(buffer, byteOffset, byteLength)
  );
}
