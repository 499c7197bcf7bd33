import { operatorName } from "../../model/operator.ts";
import { EngineError } from "../engine_error.ts";
import type { Layer, LayerKernel, MakeKernel } from "../layer.ts";
import { convInt8 } from "./conv_int8.ts";
import { depthwiseInt8 } from "./depthwise_int8.ts";
import { poolInt8 } from "./pool_int8.ts";

/** Kernels for an operator, the fastest first; the last one takes everything. */
const KERNELS: Readonly<Record<string, readonly MakeKernel[]>> = {
  AVERAGE_POOL_2D: [poolInt8],
  CONV_2D: [convInt8],
  DEPTHWISE_CONV_2D: [depthwiseInt8],
  FULLY_CONNECTED: [convInt8],
  MAX_POOL_2D: [poolInt8],
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
