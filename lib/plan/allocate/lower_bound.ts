import type { Buffer } from "./buffer.ts";
import { checkBuffers } from "./check_buffers.ts";
import { gcd } from "./gcd.ts";

/**
 * Options of {@link lowerBound}.
 *
 * @category Allocation
 */
export interface LowerBoundOptions {
  /** Alignment of buffers that state none of their own; 1 when absent. */
  readonly alignmentBytes?: number;
}

/**
 * A height in bytes that no allocation of these buffers can go below: the largest sum, over all
 * moments, of the sizes alive at that moment.
 *
 * Where offsets are multiples of an alignment `a`, every live buffer but the topmost takes up its
 * size rounded up to `a`; the sum counts that, with `a` the greatest common divisor of the
 * alignments alive. The end of a fixed buffer is a bound, too.
 *
 * @throws {TypeError} if a field has the wrong type.
 * @throws {RangeError} if a number is out of range or an id occurs twice.
 *
 * @example
 * ```ts
 * import { lowerBound } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const boundBytes = lowerBound([
 *   { id: "a", from: 0, until: 2, sizeBytes: 100 },
 *   { id: "b", from: 1, until: 3, sizeBytes: 50 },
 *   { id: "c", from: 2, until: 4, sizeBytes: 70 },
 * ]);
 * assert.equal(boundBytes, 150);
 * ```
 *
 * @category Allocation
 */
export function lowerBound(buffers: readonly Buffer[], options: LowerBoundOptions = {}): number {
  const { alignmentBytes = 1 } = options;
  checkBuffers(buffers, alignmentBytes);
  return maxLoad(buffers, alignmentBytes);
}

/** {@link lowerBound} of buffers that were checked. */
export function maxLoad(buffers: readonly Buffer[], alignmentBytes: number): number {
  const byStart = [...buffers].sort((a, b) => a.from - b.from);
  let alive: Buffer[] = [];
  let boundBytes = 0;
  byStart.forEach((born, i) => {
    if (born.offsetBytes !== undefined) {
      boundBytes = Math.max(boundBytes, born.offsetBytes + born.sizeBytes);
    }
    alive.push(born);
    if (byStart[i + 1]?.from === born.from) return;
    alive = alive.filter((b) => b.until > born.from);
    boundBytes = Math.max(boundBytes, loadOf(alive, alignmentBytes));
  });
  return boundBytes;
}

function loadOf(alive: readonly Buffer[], alignmentBytes: number): number {
  const shared = alive.reduce((a, b) => gcd(a, b.alignmentBytes ?? alignmentBytes), 0);
  let sum = 0;
  let largestPadding = 0;
  for (const { sizeBytes } of alive) {
    const rounded = Math.ceil(sizeBytes / shared) * shared;
    sum += rounded;
    largestPadding = Math.max(largestPadding, rounded - sizeBytes);
  }
  return sum - largestPadding;
}
