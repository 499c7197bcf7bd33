import type { StepOrder } from "../graph/order_steps.ts";
import type { PlanGraph } from "../graph/plan_graph.ts";
import { type Span, valueLifetimes } from "../graph/value_lifetimes.ts";
import { operatorMacs } from "../../model/macs.ts";
import type { BuiltProblem } from "../offsets/build_problem.ts";
import { type ImageStep, imageStep } from "./image_step.ts";

/** A graph in a fixed order, seen as candidates for segments. Positions count steps in that order. */
export interface Fusion {
  readonly graph: PlanGraph;
  readonly order: StepOrder;
  /** Layer by layer: items and rules. */
  readonly built: BuiltProblem;
  /** Steps that can be part of a segment. */
  readonly images: readonly (ImageStep | null)[];
  /** For every step the first position at which a segment with it may begin. */
  readonly earliest: readonly number[];
  /** For every value the position that writes it; -1 if none does. */
  readonly producer: Int32Array;
  /** For every value when it is alive. */
  readonly spans: readonly Span[];
  /** For every value its item; -1 without bytes. */
  readonly itemOf: Int32Array;
  /** Multiply-accumulates of every step. */
  readonly macs: readonly number[];
}

/** Looks at a graph's steps in their order. */
export function fusionOf(graph: PlanGraph, order: StepOrder, built: BuiltProblem): Fusion {
  const steps = order.order.map((step) => graph.steps[step]);
  const images = steps.map((step) => imageStep(graph, step));
  const producer = new Int32Array(graph.values.length).fill(-1);
  steps.forEach(({ writes }, position) => writes.forEach((value) => producer[value] = position));
  const itemOf = new Int32Array(graph.values.length).fill(-1);
  built.valueOf.forEach((value, item) => {
    if (value !== -1) itemOf[value] = item;
  });
  const earliest = images.map((image) => {
    let first = 0;
    for (const { value, tensor } of image?.reads ?? []) {
      const from = value === -1 ? -1 : producer[value];
      // Under another shape the rows of a tensor are not those that its producer computes.
      const isCut = from !== -1 &&
        (images[from]?.tensor !== tensor || images[from].accumulatorBytes !== null);
      if (isCut) first = Math.max(first, from + 1);
    }
    return first;
  });
  return {
    graph,
    order,
    built,
    images,
    earliest,
    producer,
    spans: valueLifetimes(graph, order.order),
    itemOf,
    macs: steps.map(({ operator }) =>
      operatorMacs(graph.model.operators[operator], graph.model.tensors) ?? 0
    ),
  };
}

/** The first position at which a segment may begin that ends before `until`; `until` if none may. */
export function firstStart({ images, earliest }: Fusion, until: number): number {
  let low = 0;
  let start = until;
  while (start > 0 && images[start - 1] !== null) {
    // A global pool has its output only when all rows have come.
    if (start < until && images[start - 1]!.accumulatorBytes !== null) break;
    low = Math.max(low, earliest[start - 1]);
    if (start - 1 < low) break;
    start--;
  }
  return start;
}

/** Whether what a step writes is wanted as a whole after a segment that ends before `until`. */
export function isSegmentOutput(fusion: Fusion, position: number, until: number): boolean {
  const { graph, spans } = fusion;
  const { value } = fusion.images[position]!;
  // What nobody reads is written all the same.
  return graph.values[value].isOutput || spans[value].until > until ||
    spans[value].until === position + 1;
}
