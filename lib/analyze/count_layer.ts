import { layerCodeBytes } from "../engine/build_module.ts";
import type { Engine } from "../engine/engine.ts";
import { layerMacs } from "../engine/layer_macs.ts";
import { runtimeOf } from "../engine/runtime.ts";
import { layerKernel, walkedLayer } from "../engine/walked_layer.ts";
import { countKernels } from "../kernel/walk/count_kernels.ts";
import { addCounts, type KernelCounts } from "../kernel/walk/tally.ts";
import type { ConstantArray } from "../model/constant.ts";

/**
 * What a layer of an engine executes, counted, not timed: the same on every machine of its kind.
 *
 * @category Analysis
 */
export interface LayerCounts extends KernelCounts {
  /** Multiply-accumulates; of a segment all that it does, some of them again. */
  readonly macs: number;
  /** Bytes of its functions' bodies in WebAssembly. */
  readonly codeBytes: number;
}

/**
 * What a layer's counts may depend on.
 *
 * @category Analysis
 */
export interface CountLayerOptions {
  /** Inputs of the model; without them, layers that branch on what they are given are refused. */
  readonly inputs?: readonly ConstantArray[];
}

/** Counts what one run of a layer executes: see `count`. */
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
