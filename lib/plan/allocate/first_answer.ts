import { type Fit, fitInOrder } from "./fit.ts";
import { orderKeys } from "./orders.ts";
import type { Problem } from "./problem.ts";

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
      if (best.heightBytes <= enoughBytes || performance.now() >= deadlineMs) return best;
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
