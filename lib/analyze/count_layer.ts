import { layerCodeBytes } from "../engine/build_module.ts";
import type { Engine } from "../engine/engine.ts";
import { layerMacs } from "../engine/layer_macs.ts";
import { runtimeOf } from "../engine/runtime.ts";
import { layerKernel, walkedLayer } from "../engine/walked_layer.ts";
import { countKernels } from "../kernel/walk/count_kernels.ts";
import { addCounts, type KernelCounts } from "../kernel/walk/tally.ts";
import type { ConstantArray } from "../model/constant.ts";

/** What a layer of an engine executes, counted, not timed: the same on every machine of its kind. */
export interface LayerCounts extends KernelCounts {
  /** Multiply-accumulates; of a segment all that it does, some of them again. */
  readonly macs: number;
  /** Bytes of its functions' bodies in WebAssembly. */
  readonly codeBytes: number;
}

/** What a layer's counts may depend on. */
export interface CountLayerOptions {
  /** Inputs of the model; without them, layers that branch on what they are given are refused. */
  readonly inputs?: readonly ConstantArray[];
}

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
 * import { countLayer, createEngine, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * const { macs, loadedBytes, regions } = countLayer(engine, 0);
 * assert.equal(macs, 640 * 128);
 * assert.ok(loadedBytes > 640 * 128);
 * assert.equal(regions[`t${engine.model.inputs[0]}`].stores, 0);
 * ```
 */
export function countLayer(
  engine: Engine,
  layer: number,
  { inputs }: CountLayerOptions = {},
): LayerCounts {
  const kernel = layerKernel(engine, layer);
  const counts = walkedLayer(engine, layer, inputs).map(countKernels);
  const { threads, checked, layers } = engine;
  const { spaces } = runtimeOf(engine).map;
  return {
    ...counts.reduce(addCounts),
    macs: layerMacs(engine, layers[layer]).macs,
    codeBytes: layerCodeBytes(kernel, { spaces, shared: threads > 1, checked }),
  };
}
