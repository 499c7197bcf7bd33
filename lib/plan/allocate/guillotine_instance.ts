import { uniformInt, xoroshiro128plus } from "../../npm/pure_rand.ts";
import type { Buffer } from "./buffer.ts";
import { checkInteger } from "./check_buffers.ts";

/**
 * Options of {@link guillotineInstance}.
 *
 * @category Allocation
 */
export interface GuillotineOptions {
  /** Moments the rectangle spans; 1,024 when absent. */
  readonly moments?: number;
  /** Height of the rectangle in units; 1,024 when absent. */
  readonly heightUnits?: number;
  /** Bytes per unit: every size is a multiple of it; 1,024 when absent. */
  readonly unitBytes?: number;
  /** Seed of the cuts and of the order; 1 when absent. */
  readonly seed?: number;
}

/**
 * A hard allocation problem with a known answer: a rectangle of time and memory, cut into `count`
 * buffers by random straight cuts and shuffled.
 *
 * The pieces fill the rectangle, so the load is the full height at every moment, and the optimum is
 * exactly `moments` wide and `heightUnits * unitBytes` high, with no byte to spare.
 *
 * @throws {RangeError} if the rectangle has fewer cells than `count`.
 *
 * @example
 * ```ts
 * import { allocate, guillotineInstance, lowerBound } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const buffers = guillotineInstance(20, { heightUnits: 64, unitBytes: 16 });
 * assert.equal(lowerBound(buffers), 1024);
 * assert.equal(allocate(buffers).heightBytes, 1024);
 * ```
 *
 * @category Allocation
 */
export function guillotineInstance(count: number, options: GuillotineOptions = {}): Buffer[] {
  const { moments = 1024, heightUnits = 1024, unitBytes = 1024, seed = 1 } = options;
  checkInteger("count", count, 1);
  for (const [name, value] of Object.entries({ moments, heightUnits, unitBytes })) {
    checkInteger(name, value, 1);
  }
  checkInteger("seed", seed, 0);
  if (moments * heightUnits < count) {
    throw new RangeError(`${moments} x ${heightUnits} cells cannot be cut into ${count} pieces`);
  }
  const random = xoroshiro128plus(seed);
  const pieces = [{ from: 0, until: moments, height: heightUnits }];
  while (pieces.length < count) {
    // The larger of two picks, so that sizes spread over orders of magnitude without dust.
    const [i, j] = [0, 1].map(() => uniformInt(random, 0, pieces.length - 1));
    const area = (k: number) => (pieces[k].until - pieces[k].from) * pieces[k].height;
    const chosen = area(i) >= area(j) ? i : j;
    const { from, until, height } = pieces[chosen];
    const cutsInTime = until - from - 1;
    const cutsInMemory = height - 1;
    if (cutsInTime + cutsInMemory === 0) continue;
    const inTime = cutsInMemory === 0 || (cutsInTime > 0 && uniformInt(random, 0, 1) === 0);
    if (inTime) {
      const at = from + uniformInt(random, 1, cutsInTime);
      pieces[chosen] = { from, until: at, height };
      pieces.push({ from: at, until, height });
    } else {
      const at = uniformInt(random, 1, cutsInMemory);
      pieces[chosen] = { from, until, height: at };
      pieces.push({ from, until, height: height - at });
    }
  }
  for (let i = pieces.length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [pieces[i], pieces[j]] = [pieces[j], pieces[i]];
  }
  return pieces.map(({ from, until, height }, i) => ({
    id: `b${i}`,
    from,
    until,
    sizeBytes: height * unitBytes,
  }));
}
