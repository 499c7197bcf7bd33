import { checkOptions } from "../../check_arguments.ts";
import { isOver } from "../../host.ts";
import {
  type Allocation,
  type Buffer,
  checkBuffers,
  maxLoad,
  type PlacedBuffer,
} from "./buffers.ts";
import { type Problem, toProblem } from "./problem.ts";

/**
 * Options of {@link allocateGreedy}.
 *
 * @category Allocation
 */
export interface AllocateGreedyOptions {
  /** What sizes are rounded up to; 16 when absent, as in TensorFlow Lite Micro. */
  readonly alignmentBytes?: number;
}

/**
 * Places buffers exactly as TensorFlow Lite Micro does at start-up: the largest first, each in the
 * lowest gap that is wide enough among the buffers placed before it.
 *
 * Of equal sizes the one later in the list goes first. Buffers with a fixed offset come before all
 * others. Sizes are rounded up to the alignment first, and the buffers returned carry the rounded
 * sizes, since that is what TensorFlow Lite Micro reserves.
 *
 * Source: `GreedyMemoryPlanner` in tensorflow/lite/micro/memory_planner of
 * https://github.com/tensorflow/tflite-micro.
 *
 * @throws {TypeError} if a field has the wrong type.
 * @throws {RangeError} if a number is out of range, an id occurs twice, or fixed places collide.
 *
 * @example
 * ```ts
 * import { allocateGreedy } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const plan = allocateGreedy([
 *   { id: "a", from: 0, until: 2, sizeBytes: 40 },
 *   { id: "b", from: 1, until: 3, sizeBytes: 20 },
 *   { id: "c", from: 2, until: 4, sizeBytes: 10 },
 * ]);
 * assert.deepEqual(plan.buffers.map((b) => b.offsetBytes), [0, 48, 0]);
 * assert.equal(plan.heightBytes, 80);
 * ```
 *
 * @category Allocation
 */
export function allocateGreedy(
  buffers: readonly Buffer[],
  options: AllocateGreedyOptions = {},
): Allocation {
  checkOptions("allocateGreedy", options, "alignmentBytes");
  const startMs = performance.now();
  const { alignmentBytes = 16 } = options;
  checkBuffers(buffers, alignmentBytes);
  const reserved = buffers.map((b) => ({
    ...b,
    sizeBytes: Math.ceil(b.sizeBytes / alignmentBytes) * alignmentBytes,
  }));
  const problem = toProblem(reserved, alignmentBytes);
  const order = [...buffers.keys()].sort((a, b) =>
    reserved[b].sizeBytes - reserved[a].sizeBytes || b - a
  );
  const offset = fitInOrder(problem, order, "first");
  const placed: PlacedBuffer[] = reserved.map((b, i) => ({
    ...b,
    offsetBytes: offset[i] * problem.unitBytes,
  }));
  const heightBytes = placed.reduce((top, b) => Math.max(top, b.offsetBytes + b.sizeBytes), 0);
  const lowerBoundBytes = maxLoad(reserved, alignmentBytes);
  return {
    buffers: placed,
    heightBytes,
    lowerBoundBytes,
    optimal: heightBytes === lowerBoundBytes,
    fits: true,
    method: "greedy",
    nodes: 0,
    timeMs: performance.now() - startMs,
  };
}

/** Places for the buffers of a problem. */
export interface Answer {
  /** Offsets in units, one per buffer. */
  readonly offset: ArrayLike<number>;
  readonly heightBytes: number;
  /** What found it. */
  readonly method: string;
}

/**
 * The lowest answer of first fit and best fit in several orders; the first one that is no higher
 * than `enoughBytes`, if any is. There is one even when the deadline has passed.
 */
export function firstAnswer(problem: Problem, enoughBytes: number, deadlineMs: number): Answer {
  let best: Answer | undefined;
  const buffers = Array.from({ length: problem.count }, (_, b) => b);
  const fits: readonly Fit[] = ["first", "best"];
  for (const [name, key] of Object.entries(orderKeys(problem))) {
    const order = buffers.toSorted((a, b) => key[b] - key[a]);
    for (const fit of fits) {
      const offset = fitInOrder(problem, order, fit);
      const heightBytes = heightOf(problem, offset);
      if (best === undefined || heightBytes < best.heightBytes) {
        best = { offset, heightBytes, method: `${fit} fit by ${name}` };
      }
      if (best.heightBytes <= enoughBytes || isOver(deadlineMs)) return best;
    }
  }
  return best!;
}

/** End of the highest buffer in bytes. */
export function heightOf(problem: Problem, offset: ArrayLike<number>): number {
  let heightBytes = 0;
  for (let b = 0; b < problem.count; b++) {
    heightBytes = Math.max(heightBytes, offset[b] * problem.unitBytes + problem.sizeBytes[b]);
  }
  return heightBytes;
}

/** Which of the gaps that are wide enough a buffer takes: the lowest, or the narrowest. */
type Fit = "first" | "best";

/**
 * Offsets in units, found by placing one buffer after the other and moving none: fixed buffers
 * first, then the others in the order given.
 */
function fitInOrder(problem: Problem, order: readonly number[], fit: Fit): Float64Array {
  const { count, fixed, size, alignment, neighbour, neighbourStart } = problem;
  const offset = new Float64Array(count).fill(-1);
  for (let b = 0; b < count; b++) if (fixed[b] >= 0) offset[b] = fixed[b];
  const below = new Int32Array(count);
  for (const b of order) {
    if (fixed[b] >= 0) continue;
    let known = 0;
    for (let i = neighbourStart[b]; i < neighbourStart[b + 1]; i++) {
      if (offset[neighbour[i]] >= 0) below[known++] = neighbour[i];
    }
    const obstacles = below.subarray(0, known).sort((x, y) => offset[x] - offset[y]);
    let at = 0;
    let chosen = -1;
    let narrowest = Infinity;
    for (const c of obstacles) {
      const gap = offset[c] - at;
      if (gap >= size[b] && gap < narrowest) {
        chosen = at;
        narrowest = gap;
        if (fit === "first") break;
      }
      const top = Math.ceil((offset[c] + size[c]) / alignment[b]) * alignment[b];
      if (top > at) at = top;
    }
    offset[b] = chosen < 0 ? at : chosen;
  }
  return offset;
}

/** A reason to place one buffer before another: the larger the key, the earlier. */
export type OrderName = "size" | "smallness" | "lifetime" | "reach" | "area" | "pressure";

/**
 * For each order, one positive key per buffer. `reach` counts the sections of a lifetime;
 * `pressure` is the area, weighed by the largest load among the moments the buffer lives through.
 */
export function orderKeys(problem: Problem): Readonly<Record<OrderName, Float64Array>> {
  const { size, first, last, member, memberStart, sections, lifetime } = problem;
  const load = new Float64Array(sections);
  for (let s = 0; s < sections; s++) {
    for (let i = memberStart[s]; i < memberStart[s + 1]; i++) load[s] += size[member[i]];
  }
  const highestLoad = load.reduce((a, b) => Math.max(a, b), 0);
  const area = size.map((units, b) => units * lifetime[b]);
  const pressure = area.map((units, b) => {
    let worst = 0;
    for (let s = first[b]; s <= last[b]; s++) worst = Math.max(worst, load[s]);
    return units * (worst / highestLoad) ** 8;
  });
  return {
    size,
    smallness: size.map((units) => 1 / units),
    lifetime,
    reach: size.map((_, b) => last[b] - first[b] + 1),
    area,
    pressure,
  };
}
