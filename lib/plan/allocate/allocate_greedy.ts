import type { Allocation } from "./allocation.ts";
import type { Buffer, PlacedBuffer } from "./buffer.ts";
import { checkBuffers } from "./check_buffers.ts";
import { fitInOrder } from "./fit.ts";
import { maxLoad } from "./lower_bound.ts";
import { toProblem } from "./problem.ts";

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
