import { allocate } from "../allocate/allocate.ts";
import { Candidates } from "./candidates.ts";
import { greedyOffsets, greedyOrders } from "./greedy_offsets.ts";
import { offsetBound } from "./offset_bound.ts";
import type { OffsetProblem } from "./offset_problem.ts";
import { placeScratch } from "./place_scratch.ts";
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

/** Largest first into the lowest place that is free, as TensorFlow Lite Micro does. */
export function placeGreedily(problem: OffsetProblem): Placement {
  const { boundBytes, step } = offsetBound(problem);
  const offsets = greedyOffsets(new Candidates(problem), greedyOrders[0]);
  const { heightBytes } = placeScratch(problem, offsets);
  return { offsets, heightBytes, boundBytes, boundStep: step, method: "greedy" };
}

/** As low as the search gets within the time. */
export function placeItems(problem: OffsetProblem, timeLimitMs: number): Placement {
  const deadlineMs = performance.now() + timeLimitMs;
  const shares = problem.steps.some(({ pairings }) => pairings.length > 0);
  const disjoint = placeDisjoint(problem, shares ? timeLimitMs / 5 : timeLimitMs);
  if (!shares) return disjoint;
  const { boundBytes, step } = offsetBound(problem);
  const candidates = new Candidates(problem);
  let best: Placement = { ...disjoint, boundBytes, boundStep: step };
  for (const order of greedyOrders) {
    const offsets = greedyOffsets(candidates, order);
    const { heightBytes } = placeScratch(problem, offsets);
    if (heightBytes < best.heightBytes) best = { ...best, offsets, heightBytes, method: "greedy" };
  }
  for (const width of WIDTHS) {
    let low = boundBytes;
    // Even at the bound one more sweep is worth it: it lets as few operators share as it can.
    for (let probe = 0; probe < PROBES && low <= best.heightBytes; probe++) {
      const height = probe === 0 ? low : Math.floor((low + best.heightBytes) / 2);
      const offsets = sweep(candidates, height, { width, deadlineMs });
      if (offsets === null) {
        low = height + 1;
      } else {
        const { heightBytes } = placeScratch(problem, offsets);
        best = { offsets, heightBytes, boundBytes, boundStep: step, method: "sweep" };
        if (probe === 0) return best;
      }
      if (low >= best.heightBytes) break;
    }
  }
  return best;
}

function placeDisjoint(problem: OffsetProblem, timeLimitMs: number): Placement {
  const { buffers, heightBytes, lowerBoundBytes, method } = allocate(
    problem.items.map(({ id, from, until, sizeBytes, alignmentBytes }) => (
      { id, from, until, sizeBytes, alignmentBytes }
    )),
    { timeLimitMs },
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
