import { isOver } from "../../host.ts";
import { allocate, type AllocateOptions } from "../allocate/allocate.ts";
import type { PlanSettings } from "../plan_options.ts";
import {
  type ByteRange,
  fillGaps,
  gaps,
  OffsetCandidates,
  type StepChoice,
  stepChoice,
} from "./candidates.ts";
import { offsetBound, type OffsetItem, type OffsetProblem } from "./offset_problem.ts";
import { sweep } from "./sweep.ts";

/** Offsets of all items, and how good they are. */
export interface Placement {
  readonly offsets: Float64Array;
  readonly heightBytes: number;
  readonly boundBytes: number;
  /** The step that cannot do with less; -1 if the bound comes out of a search. */
  readonly boundStep: number;
  readonly method: string;
}

// Narrow sweeps find nearly everything; the wide one is for the last bytes of tangled graphs.
const WIDTHS = [32, 400];
const PROBES = 8;
// Nodes of the search without any sharing, where that is only to begin with.
const START_NODES = 10_000;

/** Largest first into the lowest place that is free, as TensorFlow Lite Micro does. */
function placeGreedily(problem: OffsetProblem): Placement {
  const { boundBytes, step } = offsetBound(problem);
  const offsets = greedyOffsets(new OffsetCandidates(problem), greedyOrders[0], null)!;
  const { heightBytes } = placeScratch(problem, offsets);
  return { offsets, heightBytes, boundBytes, boundStep: step, method: "greedy" };
}

/** As low as the search gets until the deadline. */
function placeItems(problem: OffsetProblem, deadlineMs: number): Placement {
  const shares = problem.views.length > 0 ||
    problem.steps.some(({ pairings }) => pairings.length > 0);
  const { boundBytes, step } = offsetBound(problem);
  const candidates = new OffsetCandidates(problem);
  const swept = (height: number, width: number): Placement | null => {
    const offsets = sweep(candidates, height, { width, deadlineMs });
    if (offsets === null) return null;
    const { heightBytes } = placeScratch(problem, offsets);
    return { offsets, heightBytes, boundBytes, boundStep: step, method: "sweep" };
  };
  // Most graphs reach the bound so, with as few operators that share as there can be.
  const atBound = shares ? swept(boundBytes, WIDTHS[0]) : null;
  if (atBound !== null) return atBound;
  const timeLimitMs = Math.max(0, deadlineMs - performance.now());
  const disjoint = placeDisjoint(problem, {
    timeLimitMs,
    ...shares && { nodeLimit: START_NODES },
  });
  if (!shares) return disjoint;
  let best: Placement = { ...disjoint, boundBytes, boundStep: step };
  for (const order of greedyOrders) {
    const offsets = greedyOffsets(candidates, order, deadlineMs);
    if (offsets === null) break;
    const { heightBytes } = placeScratch(problem, offsets);
    if (heightBytes < best.heightBytes) best = { ...best, offsets, heightBytes, method: "greedy" };
  }
  for (const width of WIDTHS) {
    if (width > WIDTHS[0] && best.heightBytes <= boundBytes) break;
    // The narrow sweep at the bound has been tried.
    const first = width === WIDTHS[0] ? 1 : 0;
    let low = boundBytes + first;
    for (let probe = first; probe < PROBES && low <= best.heightBytes; probe++) {
      const height = probe === 0 ? low : Math.floor((low + best.heightBytes) / 2);
      const found = swept(height, width);
      if (found === null) {
        low = height + 1;
      } else {
        best = found;
        if (probe === 0) return best;
      }
      if (low >= best.heightBytes || isOver(deadlineMs)) break;
    }
  }
  return best;
}

function placeDisjoint(
  problem: OffsetProblem,
  limits: Pick<AllocateOptions, "timeLimitMs" | "nodeLimit">,
): Placement {
  const { buffers, heightBytes, lowerBoundBytes, method } = allocate(
    problem.items.map(({ id, from, until, sizeBytes, alignmentBytes }) => (
      { id, from, until, sizeBytes, alignmentBytes }
    )),
    limits,
  );
  const step = offsetBound(problem);
  return {
    offsets: Float64Array.from(buffers, ({ offsetBytes }) => offsetBytes),
    heightBytes,
    boundBytes: lowerBoundBytes,
    boundStep: lowerBoundBytes > step.boundBytes ? -1 : step.step,
    method,
  };
}

/** How a step runs, and where its ring lies. */
export interface RunStep {
  readonly choice: StepChoice;
  /** Channels that the ring holds; 0 without a ring. */
  readonly channels: number;
  readonly ringOffset: number;
}

/** Steps with rings, and the height of it all. */
export interface PlacedScratch {
  readonly steps: readonly RunStep[];
  readonly heightBytes: number;
}

// As many channels as a SIMD kernel takes at once, four vectors, then less.
const CHANNELS = [64, 48, 32, 16, 8, 4, 2];

/**
 * Rings of depthwise convolutions in place, put into gaps between the items: each as wide (in
 * channels) as there is room for, at most 64.
 *
 * @throws {Error} if the offsets break a rule, which a solver never lets happen.
 */
export function placeScratch(problem: OffsetProblem, offsets: Float64Array): PlacedScratch {
  const { items, steps, channels } = problem;
  const choices = steps.map((rules, step) => {
    const choice = stepChoice(rules, items, offsets);
    if (choice === null) throw new Error(`step ${step} cannot run with these offsets`);
    return choice;
  });
  let heightBytes = items.reduce(
    (top, { sizeBytes }, item) => Math.max(top, offsets[item] + sizeBytes),
    0,
  );
  const used = steps.map((_, step): ByteRange[] =>
    items.flatMap(({ from, until, sizeBytes }, item) =>
      from <= step && step < until ? { from: offsets[item], until: offsets[item] + sizeBytes } : []
    )
  );
  const smallest = choices.map(({ ringBytes }, step) => {
    if (ringBytes === 0) return -1;
    const ring = [{ sizeBytes: ringBytes * channels, alignmentBytes: 1 }];
    const [at] = fillGaps(used[step], ring, heightBytes) ?? fillGaps(used[step], ring, Infinity)!;
    heightBytes = Math.max(heightBytes, at + ringBytes * channels);
    return at;
  });
  const run = choices.map((choice, step): RunStep => {
    const { ringBytes } = choice;
    if (ringBytes === 0) return { choice, channels: 0, ringOffset: -1 };
    const room = gaps(used[step], heightBytes);
    for (const wide of CHANNELS.filter((count) => count > channels)) {
      const gap = room.find(({ from, until }) => until - from >= ringBytes * wide);
      if (gap !== undefined) return { choice, channels: wide, ringOffset: gap.from };
    }
    return { choice, channels, ringOffset: smallest[step] };
  });
  return { steps: run, heightBytes };
}

/** Orders in which to place items one after the other, each at the lowest free offset. */
const greedyOrders: readonly ((a: OffsetItem, b: OffsetItem) => number)[] = [
  (a, b) => b.sizeBytes - a.sizeBytes,
  (a, b) => a.from - b.from || b.sizeBytes - a.sizeBytes,
  (a, b) => b.until - b.from - (a.until - a.from) || b.sizeBytes - a.sizeBytes,
];

/** Places items in an order; of equals the later one first, as TensorFlow Lite Micro does. Null if late. */
function greedyOffsets(
  candidates: OffsetCandidates,
  compare: (a: OffsetItem, b: OffsetItem) => number,
  deadlineMs: number | null,
): Float64Array | null {
  const { items } = candidates.problem;
  const order = [...items.keys()].sort((a, b) => compare(items[a], items[b]) || b - a);
  const offsets = new Float64Array(items.length).fill(-1);
  const placed: number[] = [];
  for (const item of order) {
    if (deadlineMs !== null && isOver(deadlineMs)) return null;
    const { from, until } = items[item];
    const neighbours = placed.filter((other) =>
      items[other].from < until && from < items[other].until
    );
    offsets[item] = candidates.of(item, neighbours, offsets, Infinity)[0];
    placed.push(item);
  }
  return offsets;
}

/** Offsets by the techniques that are in use. */
export function placed(problem: OffsetProblem, settings: PlanSettings): Placement {
  return settings.uses("optimal-offsets")
    ? placeItems(problem, settings.deadlineMs)
    : placeGreedily(problem);
}
