import { checkOptions } from "../../check_arguments.ts";

/**
 * A stretch of memory that is alive for a while: what an allocator places.
 *
 * Two buffers may share bytes only if their lifetimes do not meet. The lifetime is half-open, so a
 * buffer that ends at 3 and one that begins at 3 do not meet.
 *
 * @category Allocation
 */
export interface Buffer {
  /** Name, unique within one list of buffers. */
  readonly id: string;
  /** First moment at which the buffer is alive (any non-negative integer scale). */
  readonly from: number;
  /** First moment at which it is no longer alive; larger than `from`. */
  readonly until: number;
  /** Size in bytes, a positive integer. */
  readonly sizeBytes: number;
  /** The offset must be a multiple of this; the allocator's `alignmentBytes` when absent. */
  readonly alignmentBytes?: number;
  /** A place decided beforehand, which no allocator moves. */
  readonly offsetBytes?: number;
}

/**
 * A buffer with its place in the arena: bytes `[offsetBytes, offsetBytes + sizeBytes)`.
 *
 * @category Allocation
 */
export interface PlacedBuffer extends Buffer {
  /** First byte of the buffer, counted from the start of the arena. */
  readonly offsetBytes: number;
}

/**
 * Buffers with their places, and what is known about how good the places are.
 *
 * @category Allocation
 */
export interface Allocation {
  /** The buffers in the order given, each with its `offsetBytes`. */
  readonly buffers: readonly PlacedBuffer[];
  /** End of the highest buffer: the size of the arena. */
  readonly heightBytes: number;
  /**
   * No allocation of these buffers is lower than this: the largest sum of live sizes, or more where
   * the search has proved more.
   */
  readonly lowerBoundBytes: number;
  /** Whether the height equals the lower bound, which proves that no better allocation exists. */
  readonly optimal: boolean;
  /** Whether the height is within the capacity asked for; true when none was. */
  readonly fits: boolean;
  /** What found these places: the name of a heuristic, or `search`. */
  readonly method: string;
  /** Nodes the exact search visited; 0 when a heuristic sufficed. */
  readonly nodes: number;
  /** Wall-clock time of the call in milliseconds. */
  readonly timeMs: number;
}

/**
 * Refuses lists of buffers that make no sense.
 *
 * @throws {TypeError} if a field has the wrong type.
 * @throws {RangeError} if a number is out of range, an id occurs twice, or two fixed places collide.
 */
export function checkBuffers(buffers: readonly Buffer[], alignmentBytes: number): void {
  if (!Array.isArray(buffers)) {
    throw new TypeError(`buffers is ${typeof buffers}, must be an array of buffers`);
  }
  checkInteger("alignmentBytes", alignmentBytes, 1);
  const seen = new Set<string>();
  let totalBytes = 0;
  for (const [index, buffer] of buffers.entries()) {
    if (typeof buffer !== "object" || buffer === null || typeof buffer.id !== "string") {
      throw new TypeError(`buffers[${index}] has no id: a string is needed`);
    }
    if (seen.has(buffer.id)) {
      throw new RangeError(`buffers[${index}]: id "${buffer.id}" occurs twice; ids must differ`);
    }
    seen.add(buffer.id);
    const at = `buffer "${buffer.id}"`;
    checkInteger(`${at}: from`, buffer.from, 0);
    checkInteger(`${at}: until`, buffer.until, 0);
    if (buffer.until <= buffer.from) {
      throw new RangeError(
        `${at}: lifetime [${buffer.from}, ${buffer.until}) is empty; until must be larger than from`,
      );
    }
    checkInteger(`${at}: sizeBytes`, buffer.sizeBytes, 1);
    const ownAlignment = buffer.alignmentBytes ?? alignmentBytes;
    checkInteger(`${at}: alignmentBytes`, ownAlignment, 1);
    if (buffer.offsetBytes !== undefined) {
      checkInteger(`${at}: offsetBytes`, buffer.offsetBytes, 0);
      if (buffer.offsetBytes % ownAlignment !== 0) {
        throw new RangeError(
          `${at}: fixed offset ${buffer.offsetBytes} is no multiple of the alignment ${ownAlignment}`,
        );
      }
    }
    totalBytes += buffer.sizeBytes + ownAlignment + (buffer.offsetBytes ?? 0);
  }
  if (!Number.isSafeInteger(totalBytes)) {
    throw new RangeError(
      `the sizes add up to ${totalBytes} bytes, must stay within ${Number.MAX_SAFE_INTEGER}`,
    );
  }
  const collision = overlapping(
    buffers.filter((b) => b.offsetBytes !== undefined) as Required<Buffer>[],
  );
  if (collision) {
    const [a, b] = collision;
    throw new RangeError(
      `buffers "${a.id}" and "${b.id}" are fixed at offsets ${a.offsetBytes} and ${b.offsetBytes}, ` +
        `where they share bytes while both are alive`,
    );
  }
}

/** Refuses anything but an integer of at least `least`. */
export function checkInteger(name: string, value: unknown, least: number): void {
  if (typeof value !== "number") {
    throw new TypeError(`${name} is ${value === null ? "null" : typeof value}, must be a number`);
  }
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} is ${value}, must be an integer of at least ${least}`);
  }
}

/** The first pair found that shares bytes while both are alive, if there is one. */
function overlapping(
  buffers: readonly PlacedBuffer[],
): readonly [PlacedBuffer, PlacedBuffer] | undefined {
  const byStart = [...buffers].sort((a, b) => a.from - b.from);
  let alive: PlacedBuffer[] = [];
  for (const b of byStart) {
    alive = alive.filter((a) => a.until > b.from);
    for (const a of alive) {
      const below = a.offsetBytes + a.sizeBytes <= b.offsetBytes;
      const above = b.offsetBytes + b.sizeBytes <= a.offsetBytes;
      if (!below && !above) return [a, b];
    }
    alive.push(b);
  }
  return undefined;
}

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
  checkOptions("lowerBound", options, "alignmentBytes");
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

/** Greatest common divisor; gcd(0, b) = b. */
export function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
