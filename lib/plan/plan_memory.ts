import type { Model } from "../model/model.ts";
import { fits } from "./fits.ts";
import { flashBytes, totalFlash } from "./flash_bytes.ts";
import { orderSteps, type StepOrder } from "./graph/order_steps.ts";
import { type PlanGraph, planGraph } from "./graph/plan_graph.ts";
import { buildProblem } from "./offsets/build_problem.ts";
import { placeGreedily, placeItems, type Placement } from "./offsets/place_items.ts";
import { IDEAL_LIMIT } from "./order_operators.ts";
import type { Plan } from "./plan.ts";
import { type PlanOptions, type PlanSettings, planSettings } from "./plan_options.ts";
import { writePlan } from "./write_plan.ts";

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
 * @throws {RangeError} for an unknown technique, input or scratch model, or a number out of range.
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
 */
export function planMemory(model: Model, options: PlanOptions = {}): Plan {
  const settings = planSettings(options);
  const graph = planGraph(model, settings.uses, settings.input);
  const candidates = orders(graph, settings).map((order, _, { length }) => {
    const built = buildProblem(graph, order.order, settings);
    const placement = settings.uses("optimal-offsets")
      ? placeItems(built.problem, settings.timeLimitMs / length)
      : placeGreedily(built.problem);
    return { order, built, placement };
  });
  const best = candidates.reduce((a, b) => height(b.placement) < height(a.placement) ? b : a);
  const flash = flashBytes(model);
  const plan = writePlan(graph, { ...best, settings });
  const sized = { ...plan, flash, flashBytes: totalFlash(flash) };
  return { ...sized, fit: options.device === undefined ? null : fits(sized, options.device) };
}

function height({ heightBytes }: Placement): number {
  return heightBytes;
}

/** The order given, and a better one for the sum of live sizes if there is one. */
function orders(graph: PlanGraph, settings: PlanSettings): readonly StepOrder[] {
  const given = graph.steps.map((_, step) => step);
  if (!settings.uses("reorder")) return [{ order: given, peakBytes: 0, optimal: true }];
  const found = orderSteps(graph, IDEAL_LIMIT);
  const isGiven = found.order.every((step, i) => step === i);
  return isGiven ? [found] : [found, { ...found, order: given, optimal: false }];
}
