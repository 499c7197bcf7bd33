import { checkArguments, checkOptions } from "../check_arguments.ts";
import { lookedAfter } from "../host.ts";
import { lowerComputation } from "../codegen/lower_pipeline.ts";
import { traceProgram } from "../codegen/program_kernels.ts";
import type { Engine } from "../engine/engine.ts";
import { walkedLayer } from "../engine/walked_layer.ts";
import { type Touch, traceKernels } from "../kernel/walk/walk_kernels.ts";
import type { ConstantArray } from "../model/constant.ts";
import type { Computation } from "../nest/pipeline.ts";
import type { CacheHierarchy, CacheLevel } from "./caches.ts";

/**
 * Options of `simulateCache`.
 *
 * @category Analysis
 */
export interface SimulateCacheOptions {
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the addresses that a nest or a pipeline touches, in order, through simulated caches. The caches are empty
 * at first; a level is asked only for lines that the level before it misses; a store that misses
 * brings the line in like a load.
 *
 * One thread runs. An access that straddles two lines asks for both.
 *
 * @throws {RangeError} a level's size is not a whole number of sets, or its line is no power of two.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, reorder, simulateCache } from "tinyloom";
 *
 * const tiny = {
 *   name: "tiny",
 *   levels: [{ name: "L1", sizeBytes: 1024, ways: 2, lineBytes: 64 }],
 *   source: "made up",
 * };
 * const naive = matmul({ m: 16, k: 64, n: 64 });
 * const [before] = simulateCache(naive, tiny);
 * const [after] = simulateCache(reorder(naive, ["i", "k", "j"]), tiny);
 * assert.ok(after.misses < before.misses / 4);
 * ```
 *
 * @category Analysis
 */
export function simulateCache(
  computation: Computation,
  hierarchy: CacheHierarchy,
  options: SimulateCacheOptions = {},
): readonly CacheResult[] {
  checkOptions("simulateCache", options, "signal");
  checkArguments("simulateCache", { computation });
  return lookedAfter(null, () => {
    const program = lowerComputation(computation);
    const names = program.buffers.map((buffer) => buffer.name);
    return runCaches(hierarchy, names, (touch) => traceProgram(program, touch));
  }, options);
}

/**
 * What a layer's addresses go through.
 *
 * @category Analysis
 */
export interface SimulateLayerCacheOptions {
  /** The caches. */
  readonly hierarchy: CacheHierarchy;
  /** Inputs of the model; without them, layers that look up what they are given are refused. */
  readonly inputs?: readonly ConstantArray[];
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the addresses that a layer touches, or all calls of a segment, through simulated caches, as
 * `simulateCache` does those of a nest. Misses are by tensor, `t12`, and by the name of packed
 * weights and tables.
 *
 * @param layer Index into `engine.layers`.
 * @throws {RangeError} if there is no such layer, the engine has several threads, or a level is not
 *   one that can be.
 * @throws {TypeError} for a layer whose addresses depend on floats or vectors, or on the inputs where
 *   there are none.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { caches, createEngine, simulateLayerCache, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * const [l1] = simulateLayerCache(engine, 0, { hierarchy: caches.cortexM7 });
 * assert.ok(l1.missesByTensor[`t${engine.model.inputs[0]}`] >= 640 / 32);
 * ```
 *
 * @category Analysis
 */
export function simulateLayerCache(
  engine: Engine,
  layer: number,
  options: SimulateLayerCacheOptions,
): readonly CacheResult[] {
  checkOptions("simulateLayerCache", options, "hierarchy inputs signal");
  checkArguments("simulateLayerCache", { engine, layer });
  const { hierarchy, inputs, signal } = options;
  if (engine.threads > 1) {
    throw new RangeError(`the engine has ${engine.threads} threads, needed one with 1`);
  }
  return lookedAfter(null, () => {
    const [code] = walkedLayer(engine, layer, inputs);
    const { regions, run } = traceKernels(code);
    return runCaches(hierarchy, regions, run);
  }, { signal });
}

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
function runCaches(
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
