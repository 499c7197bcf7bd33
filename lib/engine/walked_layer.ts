import { throwIfStopped } from "../host.ts";
import type { Space } from "../kernel/kernel.ts";
import type { WalkedCode } from "../kernel/walk/walk_context.ts";
import type { ConstantArray } from "../model/constant.ts";
import type { Engine } from "./engine.ts";
import type { LayerKernel } from "./layer.ts";
import { setInputs } from "./run.ts";
import { type EngineRuntime, runtimeOf } from "./runtime.ts";

const EVERYWHERE: readonly Space[] = ["arena", "constants", "state", "external", "workspace"];

/**
 * The code of a layer as it is called, once for each thread that works on it. What memory holds is
 * known of constants; with inputs of the model, of all tensors, from a run up to the layer that
 * leaves the engine as it was.
 *
 * @throws {RangeError} if there is no such layer.
 */
export function walkedLayer(
  engine: Engine,
  layer: number,
  inputs?: readonly ConstantArray[],
): readonly WalkedCode[] {
  const runtime = runtimeOf(engine);
  const { isParallel, code: kernels } = layerKernel(engine, layer);
  const memory = inputs === undefined
    ? { bytes: runtime.bytes, spaces: ["constants"] as const }
    : { bytes: memoryBefore(engine, layer, { inputs, runtime }), spaces: EVERYWHERE };
  const { spaces } = runtime.map;
  return Array.from({ length: isParallel ? engine.threads : 1 }, (_, thread) => (
    { kernels, args: [thread], spaces, memory }
  ));
}

/** @throws {RangeError} if there is no such layer. */
export function layerKernel(engine: Engine, layer: number): LayerKernel {
  const { kernels } = runtimeOf(engine);
  if (!Number.isInteger(layer) || layer < 0 || layer >= kernels.length) {
    throw new RangeError(`layer is ${layer}, needs an integer from 0 to ${kernels.length - 1}`);
  }
  return kernels[layer];
}

function memoryBefore(
  engine: Engine,
  layer: number,
  { inputs, runtime: { bytes, call } }: {
    readonly inputs: readonly ConstantArray[];
    readonly runtime: EngineRuntime;
  },
): Uint8Array {
  const saved = bytes.slice();
  try {
    setInputs(engine, inputs);
    for (let before = 0; before < layer; before++) {
      throwIfStopped();
      call(before);
    }
    return bytes.slice();
  } finally {
    bytes.set(saved);
  }
}
