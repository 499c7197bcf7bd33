import { operatorMacs } from "../../model/macs.ts";
import type { StepOrder } from "../graph/order_steps.ts";
import type { PlanGraph } from "../graph/plan_graph.ts";
import { type Span, valueLifetimes } from "../lifetimes.ts";
import type { BuiltProblem } from "../offsets/build_problem.ts";
import type { StepRules } from "../offsets/offset_problem.ts";
import type { Granularity } from "../segment.ts";
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

/** A ring in a segment's workspace, or the sums of its global pool. */
export interface PartRing {
  /** Position of the step that fills it. */
  readonly position: number;
  /** In the workspace. */
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** Rows, or pixels where the unit is a pixel. */
  readonly units: number;
  /** Pixels of the widest window on it. */
  readonly columns: number;
  readonly mirrorPixels: number;
}

/** How the operators of a segment run. */
export interface SegmentForm {
  readonly kind: "rolling" | "patch";
  readonly unit: Granularity | null;
  readonly tiles: readonly [rows: number, columns: number];
  readonly rings: readonly PartRing[];
  readonly workspaceBytes: number;
}

/** Steps `[from, until)` in the order, run as one; a single one layer by layer, or a segment. */
export interface Part {
  readonly from: number;
  readonly until: number;
  /** No offsets need less while it runs. */
  readonly needBytes: number;
  /** Multiply-accumulates. */
  readonly macs: number;
  /** Calls of kernels, copies not counted. */
  readonly calls: number;
  readonly rules: StepRules;
  /** Null: layer by layer. */
  readonly form: SegmentForm | null;
}

/** The sums of a global pool as a block of the workspace. */
export function accumulator(position: number, sizeBytes: number): Omit<PartRing, "offsetBytes"> {
  return { position, sizeBytes, units: 1, columns: 1, mirrorPixels: 0 };
}

/** Blocks in a stretch of memory. */
export interface PackedRings {
  readonly offsets: readonly number[];
  readonly heightBytes: number;
}

/**
 * Places for blocks of which some are never in use together: largest first, each as low as those it
 * must not meet allow.
 */
export function packRings(
  sizes: readonly number[],
  conflict: (a: number, b: number) => boolean,
): PackedRings {
  const order = [...sizes.keys()].sort((a, b) => sizes[b] - sizes[a] || a - b);
  const offsets = new Array<number>(sizes.length).fill(0);
  const placed: number[] = [];
  let heightBytes = 0;
  for (const block of order) {
    let at = 0;
    // `placed` ascends by offset.
    for (const other of placed) {
      if (offsets[other] >= at + sizes[block]) break;
      if (!conflict(block, other)) continue;
      at = Math.max(at, offsets[other] + sizes[other]);
    }
    offsets[block] = at;
    heightBytes = Math.max(heightBytes, at + sizes[block]);
    let position = placed.length;
    while (position > 0 && offsets[placed[position - 1]] > at) position--;
    placed.splice(position, 0, block);
  }
  return { offsets, heightBytes };
}
