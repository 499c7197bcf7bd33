import { checkArguments } from "../check_arguments.ts";
import type { Model } from "./model.ts";
import { elements } from "./shape.ts";
import { graphsOf, reachable } from "./subgraphs.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Bytes of all constants of the main graph and of the subgraphs that it runs, those that share their
 * bytes once: weights, biases, and the small integer tensors that
 * tell operators about shapes and axes. Quantization parameters are not in it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { weightsBytes } from "tinyloom";
 *
 * const graph = { name: "", tensors: [], operators: [], inputs: [], outputs: [] };
 * const model = { ...graph, description: "", metadata: [], signatures: [] };
 * assert.equal(weightsBytes({ ...model, otherSubgraphs: [], lost: [] }), 0);
 * ```
 *
 * @category Models
 */
export function weightsBytes(model: Model): number {
  checkArguments("weightsBytes", { model });
  return constantsOf(model).reduce((sum, { data }) => sum + data!.length, 0);
}

/**
 * Elements of all weights and biases of the main graph and of the subgraphs that it runs, as published parameter counts have it (with
 * batch normalization folded in, as it is in a file).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parameterCount } from "tinyloom";
 *
 * const graph = { name: "", tensors: [], operators: [], inputs: [], outputs: [] };
 * const model = { ...graph, description: "", metadata: [], signatures: [] };
 * assert.equal(parameterCount({ ...model, otherSubgraphs: [], lost: [] }), 0);
 * ```
 *
 * @category Models
 */
export function parameterCount(model: Model): number {
  checkArguments("parameterCount", { model });
  return constantsOf(model).reduce((sum, tensor) => sum + parametersOf(tensor), 0);
}

/** The constants of all graphs that a run reaches; one of those that are the same array. */
export function constantsOf(model: Model): readonly Tensor[] {
  const graphs = graphsOf(model);
  const constants = reachable(model).flatMap((graph) => graphs[graph].tensors)
    .filter(({ data }) => data !== null);
  return [...new Map(constants.map((tensor) => [tensor.data, tensor])).values()];
}

/** Parameters in one constant: its elements, or 0 for shapes, axes and paddings. */
export function parametersOf({ dtype, quantization, shape }: Tensor): number {
  const isNumber = dtype.includes("float") || (quantization?.scales.length ?? 0) > 0;
  return isNumber ? elements(shape) : 0;
}
