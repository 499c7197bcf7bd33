import { operatorName } from "../../model/operator.ts";
import { EngineError } from "../engine_error.ts";
import { hasVectors, isArm, type Layer, type LayerKernel, type MakeKernel } from "../layer.ts";
import { byteFunction } from "./byte_function.ts";
import { concatenation } from "./concatenation.ts";
import { convFloat32 } from "./conv_float32.ts";
import { convInt8 } from "./conv_int8.ts";
import { depthwiseFloat32 } from "./depthwise_float32.ts";
import { depthwiseInt8 } from "./depthwise_int8.ts";
import { addDsp } from "./dsp/add_dsp.ts";
import { convDsp } from "./dsp/conv_dsp.ts";
import { depthwiseDsp } from "./dsp/depthwise_dsp.ts";
import { convHelium, oneChannelHelium } from "./helium/conv_helium.ts";
import { floatBinary } from "./float_binary.ts";
import { floatFunction } from "./float_function.ts";
import { floatMean } from "./float_mean.ts";
import { floatSigmoid } from "./float_sigmoid.ts";
import { floatToInteger } from "./float_to_integer.ts";
import { globalPool } from "./global_pool.ts";
import { int16Rectifier } from "./int16_rectifier.ts";
import { int16Sigmoid } from "./int16_sigmoid.ts";
import { integerToFloat } from "./integer_to_float.ts";
import { pack } from "./pack.ts";
import { pad } from "./pad.ts";
import { poolFloat32 } from "./pool_float32.ts";
import { poolInt8 } from "./pool_int8.ts";
import { quantizedAddition } from "./quantized_addition.ts";
import { quantizedMean } from "./quantized_mean.ts";
import { quantizedProduct } from "./quantized_product.ts";
import { requantize, requantizeInt32 } from "./requantize.ts";
import { reshape } from "./reshape.ts";
import { resizeNearestNeighbor } from "./resize_nearest_neighbor.ts";
import { additionScalar } from "./scalar/addition_scalar.ts";
import {
  additionElements,
  byteFunctionElements,
  dequantizeElements,
  productElements,
  quantizeElements,
} from "./scalar/elements_scalar.ts";
import { globalPoolScalar } from "./scalar/global_pool_scalar.ts";
import { poolScalar } from "./scalar/pool_scalar.ts";
import { fallback, type ScalarOptions } from "./scalar/scalar_options.ts";
import { svdfScalar } from "./scalar/svdf_scalar.ts";
import { weightedScalar } from "./scalar/weighted_scalar.ts";
import { softmax8Bit } from "./softmax_8bit.ts";
import { softmaxFloat } from "./softmax_float.ts";
import { softmaxInt16 } from "./softmax_int16.ts";
import { split } from "./split.ts";
import { stridedSlice } from "./strided_slice.ts";
import { transpose } from "./transpose.ts";

/** Kernels for an operator, the fastest first; the last one takes everything. */
const KERNELS: Readonly<Record<string, readonly MakeKernel[]>> = {
  ADD: [quantizedAddition, floatBinary],
  AVERAGE_POOL_2D: [globalPool, poolInt8, poolFloat32, poolScalar],
  CONCATENATION: [concatenation],
  CONV_2D: [convInt8, convFloat32, weightedScalar],
  DEPTHWISE_CONV_2D: [depthwiseInt8, depthwiseFloat32, weightedScalar],
  DEQUANTIZE: [integerToFloat],
  EXPAND_DIMS: [reshape],
  FULLY_CONNECTED: [convInt8, convFloat32, weightedScalar],
  HARD_SWISH: [byteFunction, floatFunction],
  LEAKY_RELU: [byteFunction, int16Rectifier, floatFunction],
  LOGISTIC: [byteFunction, int16Sigmoid, floatSigmoid],
  MAX_POOL_2D: [poolInt8, poolFloat32, poolScalar],
  MEAN: [globalPool, quantizedMean, floatMean],
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
  SVDF: [svdfScalar],
  TANH: [byteFunction, int16Sigmoid, floatSigmoid],
  TRANSPOSE: [transpose],
};

/** Kernels of int8 that are written with some of TinyEngine's optimizations and without others. */
const SCALAR: Readonly<
  Record<string, (layer: Layer, options: ScalarOptions) => LayerKernel | null>
> = {
  ADD: additionScalar,
  AVERAGE_POOL_2D: poolScalar,
  CONV_2D: weightedScalar,
  DEPTHWISE_CONV_2D: weightedScalar,
  FULLY_CONNECTED: weightedScalar,
  MAX_POOL_2D: poolScalar,
};

/** Kernels for processors with a DSP extension, where others do not do as well. */
const DSP: Readonly<Record<string, MakeKernel>> = {
  ADD: addDsp,
  CONV_2D: convDsp,
  DEPTHWISE_CONV_2D: depthwiseDsp,
  FULLY_CONNECTED: convDsp,
};

/** Kernels for processors with Helium, where those for DSP extensions do not do as well. */
const HELIUM: Readonly<Record<string, MakeKernel>> = {
  CONV_2D: convHelium,
  DEPTHWISE_CONV_2D: oneChannelHelium,
  FULLY_CONNECTED: convHelium,
};

/** Kernels without vectors that take their arithmetic from no options. */
const PORTABLE: Readonly<Record<string, readonly MakeKernel[]>> = {
  ADD: [additionElements],
  AVERAGE_POOL_2D: [globalPoolScalar],
  DEQUANTIZE: [dequantizeElements],
  HARD_SWISH: [byteFunctionElements],
  LEAKY_RELU: [byteFunctionElements],
  LOGISTIC: [byteFunctionElements],
  MEAN: [globalPoolScalar],
  MUL: [productElements],
  QUANTIZE: [quantizeElements],
  RELU: [byteFunctionElements],
  RELU6: [byteFunctionElements],
  SUB: [additionElements],
  TANH: [byteFunctionElements],
};

/**
 * The first kernel that is made for a layer as it is.
 *
 * @throws {EngineError} if there is none.
 */
export function chooseKernel(layer: Layer): LayerKernel {
  const { operator, step } = layer;
  const opName = operatorName(operator);
  if (isArm(layer)) {
    const kernel = (layer.target === "helium" ? HELIUM[opName]?.(layer) : null) ??
      DSP[opName]?.(layer) ?? null;
    if (kernel !== null) return kernel;
  }
  const scalar = scalarOptions(layer);
  if (scalar !== null && layer.call?.sums == null) {
    const kernel = SCALAR[opName]?.(layer, scalar) ?? null;
    if (kernel !== null) return kernel;
  }
  const own = hasVectors(layer) ? [] : PORTABLE[opName] ?? [];
  for (const make of [...own, ...KERNELS[opName] ?? []]) {
    const kernel = make(layer);
    if (kernel !== null) return kernel;
  }
  const types = [...layer.inputs, ...layer.outputs].map((each) => each?.tensor.dtype ?? "none");
  throw new EngineError(`no kernel for types ${types.join(", ")}`, {
    operator: step.operator,
    opName,
  });
}

/** How a scalar kernel is to be written; null: vectors are. */
function scalarOptions(layer: Layer): ScalarOptions | null {
  if (isInt8(layer) && layer.scalar !== null) return layer.scalar;
  return hasVectors(layer) ? null : fallback;
}

function isInt8({ inputs: [input], outputs: [output] }: Layer): boolean {
  return input?.tensor.dtype === "int8" && output.tensor.dtype === "int8";
}
