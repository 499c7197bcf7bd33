import { checkArguments } from "../check_arguments.ts";
import type { Model, Subgraph } from "./model.ts";
import { sizeBytes } from "./shape.ts";
import { callees, graphsOf } from "./subgraphs.ts";

/**
 * Bytes of the activations alive while each operator runs: its inputs and outputs, and what a later
 * operator or the caller still reads. A graph input lives from the start, an output to the end;
 * constants and state (variables) are not in it. The maximum is what an arena needs at least.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { liveBytes, type ModelTensor } from "tinyloom";
 *
 * const tensor = (...shape: number[]): ModelTensor => (
 *   { name: "", dtype: "int8", shape, quantization: null, data: null, isVariable: false }
 * );
 * const relu = { op: "RELU", version: 1, attributes: {} } as const;
 * const graph = {
 *   name: "",
 *   tensors: [tensor(1, 4), tensor(1, 4), tensor(1, 4)],
 *   operators: [{ ...relu, inputs: [0], outputs: [1] }, { ...relu, inputs: [1], outputs: [2] }],
 *   inputs: [0],
 *   outputs: [2],
 * };
 * assert.deepEqual(liveBytes(graph), [8, 8]);
 * ```
 *
 * @category Models
 */
export function liveBytes(graph: Subgraph): readonly number[] {
  checkArguments("liveBytes", { model: graph });
  const { tensors, operators, inputs, outputs } = graph;
  const first = new Map<number, number>(inputs.map((tensor) => [tensor, 0]));
  const last = new Map<number, number>(inputs.map((tensor) => [tensor, 0]));
  operators.forEach((operator, index) => {
    for (const tensor of [...operator.inputs, ...operator.outputs]) {
      if (tensor === -1) continue;
      // What nothing wrote before is written here, or is scratch of a custom operator.
      if (!first.has(tensor)) first.set(tensor, index);
      last.set(tensor, index);
    }
  });
  for (const tensor of outputs) last.set(tensor, operators.length - 1);
  // Differences first, then their running sum: linear in tensors and operators.
  const change = new Array<number>(operators.length + 1).fill(0);
  for (const [tensor, from] of first) {
    const { data, isVariable } = tensors[tensor];
    if (data !== null || isVariable) continue;
    change[from] += sizeBytes(tensors[tensor]);
    change[last.get(tensor)! + 1] -= sizeBytes(tensors[tensor]);
  }
  let live = 0;
  return operators.map((_, index) => live += change[index]);
}

/** The most bytes alive at once: of a graph, and of the subgraph that it runs at that moment. */
export function peakLiveBytes(model: Model): number {
  const graphs = graphsOf(model);
  const known = new Map<number, number>();
  const peakOf = (graph: number): number => {
    const live = liveBytes(graphs[graph]);
    const found = known.get(graph) ??
      graphs[graph].operators.reduce(
        (most, operator, index) =>
          Math.max(most, live[index] + Math.max(0, ...callees(operator).map(peakOf))),
        0,
      );
    known.set(graph, found);
    return found;
  };
  return peakOf(0);
}
