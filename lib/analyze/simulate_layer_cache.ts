import type { Engine } from "../engine/engine.ts";
import { walkedLayer } from "../engine/walked_layer.ts";
import { traceKernels } from "../kernel/walk/trace_kernels.ts";
import type { ConstantArray } from "../model/constant.ts";
import { type CacheResult, runCaches } from "./cache_simulator.ts";
import type { CacheHierarchy } from "./caches.ts";

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
  { hierarchy, inputs }: SimulateLayerCacheOptions,
): readonly CacheResult[] {
  if (engine.threads > 1) {
    throw new RangeError(`the engine has ${engine.threads} threads, needed one with 1`);
  }
  const [code] = walkedLayer(engine, layer, inputs);
  const { regions, run } = traceKernels(code);
  return runCaches(hierarchy, regions, run);
}
