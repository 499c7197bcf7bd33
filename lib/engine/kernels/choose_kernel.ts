import { operatorName } from "../../model/operator.ts";
import { EngineError } from "../engine_error.ts";
import type { Layer, LayerKernel, MakeKernel } from "../layer.ts";
import { convFloat32 } from "./conv_float32.ts";
import { convInt8 } from "./conv_int8.ts";
import { floatBinary } from "./float_binary.ts";
import { floatToInteger } from "./float_to_integer.ts";
import { integerToFloat } from "./integer_to_float.ts";
import { quantizedAddition } from "./quantized_addition.ts";
import { quantizedProduct } from "./quantized_product.ts";
import { requantize, requantizeInt32 } from "./requantize.ts";
import { softmax8Bit } from "./softmax_8bit.ts";
import { softmaxFloat } from "./softmax_float.ts";
import { softmaxInt16 } from "./softmax_int16.ts";
import { poolScalar } from "./scalar/pool_scalar.ts";
import { svdfScalar } from "./scalar/svdf_scalar.ts";
import { weightedScalar } from "./scalar/weighted_scalar.ts";
import { depthwiseInt8 } from "./depthwise_int8.ts";
import { poolInt8 } from "./pool_int8.ts";

/** Kernels for an operator, the fastest first; the last one takes everything. */
const KERNELS: Readonly<Record<string, readonly MakeKernel[]>> = {
  ADD: [quantizedAddition, floatBinary],
  AVERAGE_POOL_2D: [poolInt8, poolScalar],
  CONV_2D: [convInt8, convFloat32, weightedScalar],
  DEPTHWISE_CONV_2D: [depthwiseInt8, weightedScalar],
  DEQUANTIZE: [integerToFloat],
  FULLY_CONNECTED: [convInt8, convFloat32, weightedScalar],
  MAX_POOL_2D: [poolInt8, poolScalar],
  MUL: [quantizedProduct, floatBinary],
  QUANTIZE: [floatToInteger, requantize, requantizeInt32],
  SOFTMAX: [softmax8Bit, softmaxInt16, softmaxFloat],
  SUB: [quantizedAddition, floatBinary],
  SVDF: [svdfScalar],
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
