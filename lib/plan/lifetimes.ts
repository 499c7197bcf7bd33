import type { Model } from "../model/model.ts";
import { planGraph } from "./graph/plan_graph.ts";
import { valueLifetimes } from "./graph/value_lifetimes.ts";
import { type PlanOptions, planSettings } from "./plan_options.ts";

/**
 * When the bytes of a tensor, or of a tensor and its views, are alive.
 *
 * @category Planner
 */
export interface Lifetime {
  /** The tensors that are these bytes. */
  readonly tensors: readonly number[];
  /** Name of the first of them. */
  readonly name: string;
  /** Bytes. */
  readonly sizeBytes: number;
  /** First step at which they are alive. */
  readonly from: number;
  /** First step at which they are not alive any more. */
  readonly until: number;
}

/**
 * Lifetimes of everything that needs a place in the arena, in steps of the operators that run, in the
 * order given: `[from, until)`. An input lives from step 0, an output to the end; constants, state
 * and external inputs have no place. Techniques decide which operators are left (`fold-pad`,
 * `alias-views`, `integer-edges`; all when `options.techniques` is absent).
 *
 * @throws {RangeError} for an unknown technique or a number out of range.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { lifetimes, type ModelTensor } from "tinyloom";
 *
 * const tensor: ModelTensor = {
 *   name: "", dtype: "int8", shape: [1, 4], quantization: null, data: null, isVariable: false,
 * };
 * const relu = { op: "RELU", version: 1, attributes: {} } as const;
 * const spans = lifetimes({
 *   name: "", description: "", tensors: [tensor, tensor, tensor], inputs: [0], outputs: [2],
 *   operators: [{ ...relu, inputs: [0], outputs: [1] }, { ...relu, inputs: [1], outputs: [2] }],
 *   metadata: [], signatures: [], otherSubgraphs: [], lost: [],
 * });
 * assert.deepEqual(spans.map(({ from, until }) => [from, until]), [[0, 1], [0, 2], [1, 2]]);
 * ```
 *
 * @category Planner
 */
export function lifetimes(model: Model, options: PlanOptions = {}): readonly Lifetime[] {
  const { uses, input } = planSettings(options);
  const graph = planGraph(model, uses, input);
  const spans = valueLifetimes(graph, graph.steps.map((_, step) => step));
  return graph.values.map(({ tensors, name, sizeBytes }, value) => (
    { tensors, name, sizeBytes, ...spans[value] }
  ));
}
