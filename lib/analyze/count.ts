import type { Engine } from "../engine/engine.ts";
import type { Computation } from "../nest/pipeline.ts";
import { countLayer, type CountLayerOptions, type LayerCounts } from "./count_layer.ts";
import { countNest, type Counts } from "./count_nest.ts";

/**
 * Counts exactly what a run of the compiled nest or pipeline executes: multiply-accumulates, loads,
 * stores, loop tests, address arithmetic. All threads together; what is done ahead of time does not
 * count.
 *
 * @throws {ScheduleError} the schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, matmul, reorder } from "tinyloom";
 *
 * const naive = matmul({ m: 8, k: 16, n: 32 });
 * assert.equal(count(naive).macs, 8 * 16 * 32);
 * assert.equal(count(naive).innermost.strides.B, 32);
 * assert.equal(count(reorder(naive, ["i", "k", "j"])).innermost.strides.B, 1);
 * ```
 *
 * @category Analysis
 */
export function count(computation: Computation): Counts;
/**
 * Counts exactly what one run of a layer executes, or of all calls of a segment: loads and stores of
 * each tensor, loop tests, address arithmetic, and how often each instruction. All threads together.
 *
 * @param layer Index into `engine.layers`.
 * @throws {RangeError} if there is no such layer.
 * @throws {TypeError} for a layer that branches on floats or vectors, as one that quantizes float32
 *   does, or on the inputs where there are none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, createEngine, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * const { macs, loadedBytes, regions } = count(engine, 0);
 * assert.equal(macs, 640 * 128);
 * assert.ok(loadedBytes > 640 * 128);
 * assert.equal(regions[`t${engine.model.inputs[0]}`].stores, 0);
 * ```
 *
 * @category Analysis
 */
export function count(engine: Engine, layer: number, options?: CountLayerOptions): LayerCounts;
export function count(
  what: Computation | Engine,
  layer?: number,
  options?: CountLayerOptions,
): Counts | LayerCounts {
  return "wasm" in what ? countLayer(what, layer!, options) : countNest(what);
}
