import { operatorName } from "../../model/operator.ts";
import { EngineError } from "../engine_error.ts";
import type { Layer, LayerKernel, MakeKernel } from "../layer.ts";
import { byteFunction } from "./byte_function.ts";
import { concatenation } from "./concatenation.ts";
import { convInt8 } from "./conv_int8.ts";
import { floatBinary } from "./float_binary.ts";
import { floatFunction } from "./float_function.ts";
import { floatMean } from "./float_mean.ts";
import { floatSigmoid } from "./float_sigmoid.ts";
import { floatToInteger } from "./float_to_integer.ts";
import { int16Rectifier } from "./int16_rectifier.ts";
import { int16Sigmoid } from "./int16_sigmoid.ts";
import { integerToFloat } from "./integer_to_float.ts";
import { pack } from "./pack.ts";
import { pad } from "./pad.ts";
import { quantizedAddition } from "./quantized_addition.ts";
import { quantizedMean } from "./quantized_mean.ts";
import { quantizedProduct } from "./quantized_product.ts";
import { requantize, requantizeInt32 } from "./requantize.ts";
import { reshape } from "./reshape.ts";
import { resizeNearestNeighbor } from "./resize_nearest_neighbor.ts";
import { softmax8Bit } from "./softmax_8bit.ts";
import { softmaxFloat } from "./softmax_float.ts";
import { softmaxInt16 } from "./softmax_int16.ts";
import { split } from "./split.ts";
import { stridedSlice } from "./strided_slice.ts";
import { transpose } from "./transpose.ts";

/** Kernels for an operator, the fastest first; the last one takes everything. */
const KERNELS: Readonly<Record<string, readonly MakeKernel[]>> = {
  ADD: [quantizedAddition, floatBinary],
  CONCATENATION: [concatenation],
  CONV_2D: [convInt8],
  DEQUANTIZE: [integerToFloat],
  EXPAND_DIMS: [reshape],
  FULLY_CONNECTED: [convInt8],
  HARD_SWISH: [byteFunction, floatFunction],
  LEAKY_RELU: [byteFunction, int16Rectifier, floatFunction],
  LOGISTIC: [byteFunction, int16Sigmoid, floatSigmoid],
  MEAN: [quantizedMean, floatMean],
  MUL: [quantizedProduct, floatBinary],
  PACK: [pack],
  PAD: [pad],
  QUANTIZE: [floatToInteger, requantize, requantizeInt32],
  RELU: [byteFunction, int16Rectifier, floatFunction],
  RELU6: [byteFunction, int16Rectifier, floatFunction],
  RESHAPE: [reshape],
  RESIZE_NEAREST_NEIGHBOR: [resizeNearestNeighbor],
  SOFTMAX: [softmax8Bit, softmaxInt16, softmaxFloat],
  SPLIT: [split],
  SQUEEZE: [reshape],
  STRIDED_SLICE: [stridedSlice],
  SUB: [quantizedAddition, floatBinary],
  TANH: [byteFunction, int16Sigmoid, floatSigmoid],
  TRANSPOSE: [transpose],
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
