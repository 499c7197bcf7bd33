import type { Computation } from "../nest/pipeline.ts";
import { lowerComputation } from "../codegen/lower_pipeline.ts";
import { traceProgram } from "../codegen/walk_program.ts";
import { type CacheResult, runCaches } from "./cache_simulator.ts";
import type { CacheHierarchy } from "./caches.ts";

/**
 * Runs the addresses that a nest or a pipeline touches, in order, through simulated caches. The caches are empty
 * at first; a level is asked only for lines that the level before it misses; a store that misses
 * brings the line in like a load.
 *
 * One thread runs. An access that straddles two lines asks for both.
 *
 * @throws {RangeError} a level's size is not a whole number of sets, or its line is no power of two.
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
): readonly CacheResult[] {
  const program = lowerComputation(computation);
  const names = program.buffers.map((buffer) => buffer.name);
  return runCaches(hierarchy, names, (touch) => traceProgram(program, touch));
}
