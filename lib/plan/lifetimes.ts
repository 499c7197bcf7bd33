import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Model } from "../model/model.ts";
import { sizeBytes } from "../model/shape.ts";
import type { PlanGraph } from "./graph/plan_graph.ts";
import { planGraph } from "./graph/simplify_graph.ts";
import type { Plan, PlanBuffer, PlanPeak, PlanStep } from "./plan.ts";
import { planOptionNames, type PlanOptions, planSettings } from "./plan_options.ts";

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
  checkOptions("lifetimes", options, ...planOptionNames);
  checkArguments("lifetimes", { model });
  const { uses, input } = planSettings(options);
  const graph = planGraph(model, uses, input);
  const spans = valueLifetimes(graph, graph.steps.map((_, step) => step));
  return graph.values.map(({ tensors, name, sizeBytes }, value) => (
    { tensors, name, sizeBytes, ...spans[value] }
  ));
}

/** Steps in which a value is alive: `[from, until)`. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** For every value when it is alive, with the steps run in the order given. */
export function valueLifetimes(graph: PlanGraph, order: readonly number[]): readonly Span[] {
  const { values, steps } = graph;
  const count = Math.max(1, order.length);
  const first = values.map(({ isInput }): number => isInput ? 0 : Infinity);
  const last = values.map(({ isInput }): number => isInput ? 0 : -1);
  order.forEach((index, step) => {
    for (const value of [...steps[index].reads, ...steps[index].writes]) {
      first[value] = Math.min(first[value], step);
      last[value] = step;
    }
  });
  return values.map(({ isOutput }, value) => {
    const from = first[value] === Infinity ? 0 : first[value];
    return { from, until: isOutput ? count : last[value] + 1 };
  });
}

/** What is known of a plan's memory and operators. */
export type PlannedSteps = Pick<Plan, "buffers" | "steps">;

/**
 * Bytes that a step needs: those of the buffers alive, shared ones counted once. Rings are counted for
 * one group of channels of the least width: they are made wide where there is room, not need.
 */
export function usedBytes({ buffers, steps }: PlannedSteps, step: number): number {
  const alive = buffers
    .filter(({ from, until }) => from <= step && step < until)
    .sort((a, b) => a.offsetBytes - b.offsetBytes);
  let used = 0;
  let end = 0;
  for (const buffer of alive) {
    const until = buffer.offsetBytes + neededBytes(buffer, steps[step]);
    used += Math.max(0, until - Math.max(end, buffer.offsetBytes));
    end = Math.max(end, until);
  }
  return used;
}

function neededBytes({ id, sizeBytes }: PlanBuffer, { ring, channelsAtOnce }: PlanStep): number {
  return id === ring ? sizeBytes / channelsAtOnce! : sizeBytes;
}

/**
 * The step that needs the most bytes; null for a model without operators. Where bytes lie apart that
 * could be shared, others use as many: of equals it is the one that cannot do with less, if that is
 * known, else the first.
 */
export function peakOf({ tensors }: Model, plan: PlannedSteps, binding = -1): PlanPeak | null {
  const { buffers, steps } = plan;
  if (steps.length === 0) return null;
  const used = steps.map((_, step) => usedBytes(plan, step));
  const most = used.reduce((a, b) => Math.max(a, b), 0);
  const step = used[binding] === most ? binding : used.indexOf(most);
  const { operator, name, inputs, outputs } = steps[step];
  const alive = buffers.filter(({ from, until }) => from <= step && step < until);
  const live = alive.map((buffer) => {
    if (buffer.kind === "ring") {
      const [tensor] = buffer.tensors;
      return { tensor, name: `ring of t${tensor}`, sizeBytes: buffer.sizeBytes };
    }
    if (buffer.kind === "scratch") {
      const needed = neededBytes(buffer, steps[step]);
      return { tensor: -1, name: buffer.name, sizeBytes: needed };
    }
    // Of a tensor and its views the one that the operator touches.
    const tensor = buffer.tensors.find((t) => inputs.includes(t) || outputs.includes(t)) ??
      buffer.tensors[0];
    return { tensor, name: `t${tensor}`, sizeBytes: sizeBytes(tensors[tensor]) };
  });
  return { step, operator, name, usedBytes: used[step], live };
}
