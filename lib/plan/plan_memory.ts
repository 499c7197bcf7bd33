import { lookedAfter, shown } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Model } from "../model/model.ts";
import { finishPlan, type PlacedPlan } from "./fits.ts";
import { planFused, planLayers } from "./fuse/plan_fused.ts";
import { orderSteps, type StepOrder } from "./graph/order_steps.ts";
import type { PlanGraph } from "./graph/plan_graph.ts";
import { planGraph } from "./graph/simplify_graph.ts";
import type { Plan, SubgraphPlan } from "./plan.ts";
import {
  PlanError,
  planOptionNames,
  type PlanOptions,
  type PlanSettings,
  planSettings,
  withShare,
} from "./plan_options.ts";
import { calleeArena, planSubgraphs, withSubgraphs } from "./plan_subgraphs.ts";

/**
 * Plans the memory of a model: which operators run and in which order, where every tensor and every
 * scratch buffer lies in one arena, and which of them may share bytes while both are alive.
 *
 * Every technique can be switched off by name; with none the plan is the one that TensorFlow Lite
 * Micro makes at start-up, byte for byte. `optimal` says that the arena is as small as
 * `lowerBoundBytes`: no offsets are better under the same techniques, order and scratch buffers.
 *
 * The plan holds when it is executed as it says: loops in the direction of their step, padding
 * folded, finished pixels held back where the step says so. `validatePlan` checks that from first
 * principles.
 *
 * Subgraphs that WHILE, IF and CALL_ONCE run are planned on their own, layer by layer; the arena of one
 * is scratch memory of the operator that runs it. Branches of IF lie over each other, and so do
 * condition and body of WHILE. Techniques that none of them use leave TensorFlow Lite Micro's plan only
 * of models without subgraphs.
 *
 * With `fusion`, operators may also run together as segments: tile by tile, or rows and pixels on
 * demand, with only windows of the tensors in between in memory. Searched are all ways to cut the
 * order into single operators and segments of neighbours, whatever lives across the cuts: rolling
 * rows or pixels in up to `mostTiles` strips (pixels: 4), patches of up to `mostTiles` rows and
 * columns; global pools of integers end a segment. Rings are packed largest first. Within that space
 * and the budget no way needs less than `lowerBoundBytes`; `lowerBoundReason` says what stands in
 * the way. Kernels of segments need no scratch memory.
 *
 * @throws {RangeError} for an unknown technique, input or scratch model, or a number out of range.
 * @throws {PlanError} if no plan is within the budgets.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type ModelTensor, planMemory } from "tinyloom";
 *
 * const tensor: ModelTensor = {
 *   name: "", dtype: "int8", shape: [1, 100], quantization: null, data: null, isVariable: false,
 * };
 * const relu = { op: "RELU", version: 1, attributes: {} } as const;
 * const model = {
 *   name: "", description: "", tensors: [tensor, tensor, tensor], inputs: [0], outputs: [2],
 *   operators: [{ ...relu, inputs: [0], outputs: [1] }, { ...relu, inputs: [1], outputs: [2] }],
 *   metadata: [], signatures: [], otherSubgraphs: [], lost: [],
 * };
 * assert.equal(planMemory(model).peakBytes, 100); // everything in place
 * assert.equal(planMemory(model, { techniques: ["optimal-offsets"] }).peakBytes, 200);
 * ```
 *
 * @example Rows on demand
 * ```ts
 * import assert from "node:assert/strict";
 * import { planMemory, zoo } from "tinyloom";
 *
 * const model = zoo("mobilenet_v2");
 * const plan = planMemory(model, { fusion: "rolling", input: "external" });
 * assert.equal(plan.peakBytes, 123_648); // layer by layer 1,204,239
 * assert.equal(plan.macFactor, 1);
 * ```
 *
 * @category Planner
 */
export function planMemory(model: Model, options: PlanOptions = {}): Plan {
  checkOptions("planMemory", options, ...planOptionNames);
  checkArguments("planMemory", { model });
  const { deadlineMs } = planSettings(options);
  const total = deadlineMs - performance.now();
  return lookedAfter({ label: "plan, at most", total, unit: "ms" }, () => {
    const subgraphs = planSubgraphs(model, options, planOne);
    const timeLimitMs = Math.max(0, deadlineMs - performance.now());
    return planOne(model, { ...options, timeLimitMs }, subgraphs);
  }, { signal: options.signal });
}

/** The plan of the main graph, given those of the subgraphs that it runs. */
export function planOne(
  model: Model,
  options: PlanOptions,
  subgraphs: readonly SubgraphPlan[],
): Plan {
  const settings = planSettings(options, (operator) => calleeArena(operator, subgraphs));
  const graph = planGraph(model, settings.uses, settings.input);
  const plans = orders(graph, settings).map((order, i, { length }) => {
    const share = withShare(settings, 1 / (length - i));
    return settings.fusion === "none" || graph.steps.length === 0
      ? planLayers(graph, order, share)
      : planFused(graph, order, share);
  }).filter((plan) => plan !== null);
  if (plans.length === 0) {
    const { macBudget, memoryBudget, deadlineMs } = settings;
    const timeLimitMs = Math.max(0, deadlineMs - performance.now());
    const unbounded = { ...options, macBudget, memoryBudget: undefined, timeLimitMs };
    const least = planOne(model, unbounded, subgraphs);
    const within = macBudget === Infinity
      ? ""
      : ` with at most ${macBudget} times the multiply-accumulates`;
    throw new PlanError(
      `no plan found needs ${memoryBudget} bytes or less${within}; the least needs ${least.peakBytes}`,
    );
  }
  const best = plans.reduce((a, b) => isBetter(b, a, settings) ? b : a);
  return shown(finishPlan(withSubgraphs(best, model, subgraphs), model, options), "plan");
}

/** Whether a plan is to be preferred: the least memory, or within a budget the fewest operations. */
function isBetter(a: PlacedPlan, b: PlacedPlan, { memoryBudget }: PlanSettings): boolean {
  return memoryBudget === null ? a.peakBytes < b.peakBytes : a.macFactor < b.macFactor;
}

/** The order given, and a better one for the sum of live sizes if there is one. */
export function orders(graph: PlanGraph, settings: PlanSettings): readonly StepOrder[] {
  const given = graph.steps.map((_, step) => step);
  if (!settings.uses("reorder")) return [{ order: given, peakBytes: 0, optimal: true }];
  const { deadlineMs } = withShare(settings, ORDER_SHARE);
  const found = orderSteps(graph, { idealLimit: IDEAL_LIMIT, deadlineMs });
  const isGiven = found.order.every((step, i) => step === i);
  return isGiven ? [found] : [found, { ...found, order: given, optimal: false }];
}

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
const IDEAL_LIMIT = 20_000;
/** Of the time there is, the part that orders may be looked for. */
const ORDER_SHARE = 0.25;

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
  checkOptions("orderOperators", options, "idealLimit", ...planOptionNames);
  checkArguments("orderOperators", { model });
  const { idealLimit = IDEAL_LIMIT } = options;
  if (!(idealLimit >= 0)) throw new RangeError(`idealLimit is ${idealLimit}, needed at least 0`);
  const { uses, input, deadlineMs } = planSettings(options);
  const graph = planGraph(model, uses, input);
  const { order, ...rest } = orderSteps(graph, { idealLimit, deadlineMs });
  return { order: order.map((step) => graph.steps[step].operator), ...rest };
}
