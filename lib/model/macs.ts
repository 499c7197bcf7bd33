import { checkArguments } from "../check_arguments.ts";
import { definitionOf, operandTensors } from "./definition_of.ts";
import type { Model } from "./model.ts";
import type { Operator } from "./operator.ts";
import { callees, graphsOf, reachable } from "./subgraphs.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Multiply-accumulates of one operator; null for an opaque one, whose arithmetic is not known.
 *
 * - CONV_2D, DEPTHWISE_CONV_2D: output pixels times filter elements (of one group), padding counted:
 *   `N Ho Wo Co Kh Kw Ci/groups`, `N Ho Wo Co Kh Kw`.
 * - FULLY_CONNECTED: `batches * outputs * inputs`.
 * - SVDF: `batches * filters * (inputs + memory)`.
 * - All others 0: additions, comparisons, requantization and lookups are not counted, as usual in
 *   published figures.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { operatorMacs, type ModelTensor } from "tinyloom";
 *
 * const tensor = (...shape: number[]): ModelTensor => (
 *   { name: "", dtype: "int8", shape, quantization: null, data: null, isVariable: false }
 * );
 * const dense = {
 *   op: "FULLY_CONNECTED",
 *   inputs: [0, 1, -1],
 *   outputs: [2],
 *   version: 4,
 *   attributes: {
 *     activation: "NONE",
 *     weightsFormat: "DEFAULT",
 *     keepNumDims: false,
 *     asymmetricQuantizeInputs: false,
 *     quantizedBiasType: "float32",
 *   },
 * } as const;
 * assert.equal(operatorMacs(dense, [tensor(1, 64), tensor(10, 64), tensor(1, 10)]), 640);
 * ```
 *
 * @category Models
 */
export function operatorMacs(operator: Operator, tensors: readonly Tensor[]): number | null {
  if (operator.op === "OPAQUE") return null;
  return definitionOf(operator.op).macs?.(operator.attributes, operandTensors(operator, tensors)) ??
    0;
}

/**
 * Multiply-accumulates of one run of the main graph; opaque operators count 0. Of subgraphs that
 * operators run: the larger branch of IF; one turn of WHILE, its condition and its body, since how many
 * turns there are is not known; CALL_ONCE 0, as in every run but the first.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { macs } from "tinyloom";
 *
 * const graph = { name: "", tensors: [], operators: [], inputs: [], outputs: [] };
 * const model = { ...graph, description: "", metadata: [], signatures: [] };
 * assert.equal(macs({ ...model, otherSubgraphs: [], lost: [] }), 0);
 * ```
 *
 * @category Models
 */
export function macs(model: Model): number {
  checkArguments("macs", { model });
  const graphs = graphsOf(model);
  const known = new Map<number, number>();
  const ofGraph = (graph: number): number => {
    const { operators, tensors } = graphs[graph];
    const found = known.get(graph) ??
      operators.reduce(
        (sum, operator) => sum + (operatorMacs(operator, tensors) ?? 0) + ofCallees(operator),
        0,
      );
    known.set(graph, found);
    return found;
  };
  const ofCallees = (operator: Operator): number => {
    const all = callees(operator).map(ofGraph);
    if (operator.op === "IF") return Math.max(...all);
    return operator.op === "WHILE" ? all[0] + all[1] : 0;
  };
  return ofGraph(0);
}

/** Whether `macs` counts one turn of a loop: there are more, or none, when the model runs. */
export function isPerTurn(model: Model): boolean {
  const graphs = graphsOf(model);
  return reachable(model).some((graph) => graphs[graph].operators.some(({ op }) => op === "WHILE"));
}
