import { operatorName } from "../../model/operator.ts";
import { EngineError } from "../engine_error.ts";
import type { Layer, LayerKernel, MakeKernel } from "../layer.ts";
import { convFloat32 } from "./conv_float32.ts";
import { convInt8 } from "./conv_int8.ts";
import { depthwiseFloat32 } from "./depthwise_float32.ts";
import { poolFloat32 } from "./pool_float32.ts";

/** Kernels for an operator, the fastest first; the last one takes everything. */
const KERNELS: Readonly<Record<string, readonly MakeKernel[]>> = {
  AVERAGE_POOL_2D: [poolFloat32],
  CONV_2D: [convInt8, convFloat32],
  DEPTHWISE_CONV_2D: [depthwiseFloat32],
  FULLY_CONNECTED: [convInt8, convFloat32],
  MAX_POOL_2D: [poolFloat32],
};

/**
 * The first kernel that is made for a layer as it is.
 *
 * @throws {EngineError} if there is none.
 */
export function chooseKernel(layer: Layer): LayerKernel {
  const { operator, step } = layer;
  const opName = operatorName(operator);
  for (const make of KERNELS[opName] ?? []) {
    const kernel = make(layer);
    if (kernel !== null) return kernel;
  }
  const types = [...layer.inputs, ...layer.outputs].map((each) => each?.tensor.dtype ?? "none");
  throw new EngineError(`no kernel for types ${types.join(", ")}`, {
    operator: step.operator,
    opName,
  });
}
