import type { Touch } from "../kernel/walk/trace_kernels.ts";
import type { CacheHierarchy, CacheLevel } from "./caches.ts";

/**
 * What one level of the hierarchy saw.
 *
 * @category Analysis
 */
export interface CacheResult {
  /** Name of the level. */
  readonly level: string;
  /** Lines asked for. */
  readonly accesses: number;
  /** Lines that were there. */
  readonly hits: number;
  /** Lines that were brought in. */
  readonly misses: number;
  /** Misses by tensor; a packed copy of `B` is `Bp`. */
  readonly missesByTensor: Readonly<Record<string, number>>;
}

/**
 * Runs accesses, in order, through caches that are empty at first.
 *
 * @param tensors Names by the index that accesses are reported with.
 * @throws {RangeError} a level's size is not a whole number of sets, its line is no power of two, or
 *   there is no level.
 */
export function runCaches(
  { name, levels: described }: CacheHierarchy,
  tensors: readonly string[],
  run: (touch: Touch) => void,
): readonly CacheResult[] {
  const levels = described.map((level) => new Level(level, tensors.length));
  if (levels.length === 0) throw new RangeError(`${name} has no cache levels`);
  run((address, bytes, tensor) => levels[0].touch(address, bytes, tensor, levels, 0));
  return levels.map((level) => {
    const misses = level.misses.reduce((sum, each) => sum + each, 0);
    return {
      level: level.name,
      accesses: level.accesses,
      hits: level.accesses - misses,
      misses,
      missesByTensor: Object.fromEntries(tensors.map((tensor, i) => [tensor, level.misses[i]])),
    };
  });
}

class Level {
  readonly name: string;
  readonly misses: Float64Array;
  accesses = 0;
  readonly #shift: number;
  readonly #sets: number;
  readonly #ways: number;
  /** Line numbers by set, most recently used first; -1 is empty. */
  readonly #lines: Int32Array;

  constructor({ name, sizeBytes, ways, lineBytes }: CacheLevel, tensors: number) {
    const sets = sizeBytes / (ways * lineBytes);
    if (!Number.isInteger(ways) || !Number.isInteger(sets) || sets < 1) {
      throw new RangeError(
        `Cache ${name} of ${sizeBytes} bytes is not a whole number of sets of ${ways} lines of ` +
          `${lineBytes} bytes`,
      );
    }
    if (!Number.isInteger(Math.log2(lineBytes))) {
      throw new RangeError(`The line of cache ${name} must be a power of two, found ${lineBytes}`);
    }
    this.name = name;
    this.misses = new Float64Array(tensors);
    this.#shift = Math.log2(lineBytes);
    this.#sets = sets;
    this.#ways = ways;
    this.#lines = new Int32Array(sets * ways).fill(-1);
  }

  touch(
    address: number,
    bytes: number,
    tensor: number,
    levels: readonly Level[],
    depth: number,
  ): void {
    const first = address >>> this.#shift;
    const last = (address + bytes - 1) >>> this.#shift;
    for (let line = first; line <= last; line++) {
      this.accesses++;
      if (this.#holds(line)) continue;
      this.misses[tensor]++;
      if (depth + 1 < levels.length) {
        levels[depth + 1].touch(line << this.#shift, 1, tensor, levels, depth + 1);
      }
    }
  }

  // Whether the line was there; it is the most recently used one afterwards.
  #holds(line: number): boolean {
    const lines = this.#lines;
    const start = (line % this.#sets) * this.#ways;
    if (lines[start] === line) return true;
    const end = start + this.#ways;
    let at = start + 1;
    while (at < end && lines[at] !== line) at++;
    const found = at < end;
    for (let move = found ? at : end - 1; move > start; move--) lines[move] = lines[move - 1];
    lines[start] = line;
    return found;
  }
}
