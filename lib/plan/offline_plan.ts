import { checkArguments } from "../check_arguments.ts";
import type { Model, Subgraph } from "../model/model.ts";
import type { Operator } from "../model/operator.ts";
import type { Plan } from "./plan.ts";
import { planMemory } from "./plan_memory.ts";
import { PlanError } from "./plan_options.ts";

const METADATA_NAME = "OfflineMemoryAllocation";
const TFLM_ALIGNMENT_BYTES = 16;

/**
 * What TensorFlow Lite Micro plans by itself when it starts: its greedy allocator on the graph as it
 * stands, its kernels' scratch memory, everything in units of 16 bytes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { tflmGreedyPlan, zoo } from "tinyloom";
 *
 * assert.equal(tflmGreedyPlan(zoo("mlperf-tiny-vww")).peakBytes, 73_728);
 * ```
 *
 * @category Planner
 */
export function tflmGreedyPlan(model: Model): Plan {
  checkArguments("tflmGreedyPlan", { model });
  return planMemory(model, { techniques: [] });
}

/**
 * The best plan that TensorFlow Lite Micro can run unchanged: better offsets and, where it helps, a
 * better order; no bytes are shared, no operator is left out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { offlinePlan, zoo } from "tinyloom";
 *
 * assert.equal(offlinePlan(zoo("mlperf-tiny-vww")).peakBytes, 55_296);
 * ```
 *
 * @category Planner
 */
export function offlinePlan(model: Model): Plan {
  checkArguments("offlinePlan", { model });
  const techniques = ["optimal-offsets", "reorder"] as const;
  const alignmentBytes = TFLM_ALIGNMENT_BYTES;
  return planMemory(model, { techniques, alignmentBytes, scratch: "tflm" });
}

/**
 * The model with the plan in its metadata, in which TensorFlow Lite Micro finds it
 * (`OfflineMemoryAllocation`), and with its operators in the plan's order. Tensors without a place in
 * the plan, and scratch memory, get -1: they are placed at start-up around the others.
 *
 * Format: 32-bit integers: version 1, number of subgraphs, number of tensors of all subgraphs, one
 * offset for each. Source: memory_management.md in tensorflow/lite/micro/docs of
 * https://github.com/tensorflow/tflite-micro.
 *
 * @throws {PlanError} if buffers share bytes while both are alive, which its kernels do not allow, or
 *   offsets are no multiples of 16.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readModel, withOfflinePlan, writeModel, zoo } from "tinyloom";
 *
 * const planned = withOfflinePlan(zoo("mlperf-tiny-kws"));
 * const [metadata] = readModel(writeModel(planned)).metadata;
 * assert.equal(metadata.name, "OfflineMemoryAllocation");
 * ```
 *
 * @category Planner
 */
export function withOfflinePlan(model: Model, plan: Plan = offlinePlan(model)): Model {
  checkArguments("withOfflinePlan", { model, plan });
  const shared = plan.buffers.find(({ shares }) => shares.length > 0);
  if (shared !== undefined) {
    const [{ buffer, step, form }] = shared.shares;
    throw new PlanError(
      `buffers ${shared.id} and ${buffer} share bytes at step ${step} (${form}); the kernels of ` +
        `TensorFlow Lite Micro need a plan without "overlap" and "in-place-depthwise"`,
    );
  }
  const offsets = model.tensors.map(() => -1);
  for (const { id, tensors, offsetBytes } of plan.buffers) {
    if (tensors.length > 0 && offsetBytes % TFLM_ALIGNMENT_BYTES !== 0) {
      throw new PlanError(
        `buffer ${id} lies at ${offsetBytes}, needed a multiple of ${TFLM_ALIGNMENT_BYTES}: ` +
          `plan with alignmentBytes: ${TFLM_ALIGNMENT_BYTES}`,
      );
    }
    for (const tensor of tensors) offsets[tensor] = offsetBytes;
  }
  const others = model.otherSubgraphs.flatMap(({ tensors }: Subgraph) => tensors.map(() => -1));
  const all = [...offsets, ...others];
  const words = [1, 1 + model.otherSubgraphs.length, all.length, ...all];
  const data = new Uint8Array(4 * words.length);
  const view = new DataView(data.buffer);
  words.forEach((word, i) => view.setInt32(4 * i, word, true));
  const kept = model.metadata.filter(({ name }) => name !== METADATA_NAME);
  return {
    ...model,
    operators: inPlanOrder(model, plan),
    metadata: [...kept, { name: METADATA_NAME, data }],
  };
}

/** The plan's order, with the operators that it leaves out right before they are needed. */
function inPlanOrder({ operators }: Model, { steps, removed }: Plan): Operator[] {
  const producer = new Map<number, number>();
  operators.forEach(({ outputs }, operator) => {
    for (const tensor of outputs) producer.set(tensor, operator);
  });
  const left = new Set(removed.map(({ operator }) => operator));
  const order: number[] = [];
  const emit = (operator: number) => {
    for (const tensor of operators[operator].inputs) {
      const from = producer.get(tensor);
      if (from === undefined || !left.delete(from)) continue;
      emit(from);
    }
    order.push(operator);
  };
  for (const { operator } of steps) emit(operator);
  for (const operator of [...left]) if (left.delete(operator)) emit(operator);
  return order.map((operator) => operators[operator]);
}
