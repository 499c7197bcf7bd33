import type { Model } from "../model/model.ts";
import { orderSteps } from "./graph/order_steps.ts";
import { planGraph } from "./graph/plan_graph.ts";
import { type PlanOptions, planSettings } from "./plan_options.ts";

/**
 * Options of {@link orderOperators}.
 *
 * @category Planner
 */
export interface OrderOptions extends PlanOptions {
  /**
   * Moves from one set of operators (order ideal) to the next up to which the search is exact; 20,000
   * when absent. Beyond, only the most promising ones of each size are followed.
   */
  readonly idealLimit?: number;
}

/**
 * An order of operators.
 *
 * @category Planner
 */
export interface OperatorOrder {
  /** Indices of operators in the order in which to run them; removed ones are not in it. */
  readonly order: readonly number[];
  /** Largest sum of live sizes. */
  readonly peakBytes: number;
  /** Whether no order has a smaller one. */
  readonly optimal: boolean;
}

/** Moves that an exact search may make unless told otherwise. */
export const IDEAL_LIMIT = 20_000;

/**
 * The order of operators whose largest sum of live sizes is smallest; the order given where none is
 * better. Exact by dynamic programming over order ideals, as in Liberis and Lane, "Neural networks on
 * microcontrollers: saving memory at inference via operator reordering" (2019).
 *
 * @throws {RangeError} for an unknown technique or a number out of range.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type ModelTensor, orderOperators } from "tinyloom";
 *
 * const tensor: ModelTensor = {
 *   name: "", dtype: "int8", shape: [1, 4], quantization: null, data: null, isVariable: false,
 * };
 * const relu = { op: "RELU", inputs: [0], outputs: [1], version: 1, attributes: {} } as const;
 * const { order, optimal } = orderOperators({
 *   name: "", description: "", tensors: [tensor, tensor], operators: [relu], inputs: [0],
 *   outputs: [1], metadata: [], signatures: [], otherSubgraphs: [], lost: [],
 * });
 * assert.deepEqual([order, optimal], [[0], true]);
 * ```
 *
 * @category Planner
 */
export function orderOperators(model: Model, options: OrderOptions = {}): OperatorOrder {
  const { idealLimit = IDEAL_LIMIT } = options;
  if (!(idealLimit >= 0)) throw new RangeError(`idealLimit is ${idealLimit}, needed at least 0`);
  const { uses, input } = planSettings(options);
  const graph = planGraph(model, uses, input);
  const { order, ...rest } = orderSteps(graph, idealLimit);
  return { order: order.map((step) => graph.steps[step].operator), ...rest };
}
