import type { OperatorName } from "../../model/operator.ts";
import { add } from "./add.ts";
import { averagePool2d } from "./average_pool_2d.ts";
import { concatenation } from "./concatenation.ts";
import { conv2d } from "./conv_2d.ts";
import { depthwiseConv2d } from "./depthwise_conv_2d.ts";
import { dequantize } from "./dequantize.ts";
import { expandDims } from "./expand_dims.ts";
import { fullyConnected } from "./fully_connected.ts";
import { hardSwish } from "./hard_swish.ts";
import { leakyRelu } from "./leaky_relu.ts";
import { logistic } from "./logistic.ts";
import { maxPool2d } from "./max_pool_2d.ts";
import { mean } from "./mean.ts";
import { mul } from "./mul.ts";
import { pack } from "./pack.ts";
import { pad } from "./pad.ts";
import type { Prepare } from "./prepare.ts";
import { quantize } from "./quantize.ts";
import { relu } from "./relu.ts";
import { relu6 } from "./relu6.ts";
import { reshape } from "./reshape.ts";
import { resizeNearestNeighbor } from "./resize_nearest_neighbor.ts";
import { softmax } from "./softmax.ts";
import { split } from "./split.ts";
import { squeeze } from "./squeeze.ts";
import { stridedSlice } from "./strided_slice.ts";
import { sub } from "./sub.ts";
import { svdf } from "./svdf.ts";
import { tanh } from "./tanh.ts";
import { transpose } from "./transpose.ts";

/** Every operator's arithmetic, by TFLite's name. */
export const operators: { readonly [Name in OperatorName]: Prepare<Name> } = {
  ADD: add,
  AVERAGE_POOL_2D: averagePool2d,
  CONCATENATION: concatenation,
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  DEQUANTIZE: dequantize,
  EXPAND_DIMS: expandDims,
  FULLY_CONNECTED: fullyConnected,
  HARD_SWISH: hardSwish,
  LEAKY_RELU: leakyRelu,
  LOGISTIC: logistic,
  MAX_POOL_2D: maxPool2d,
  MEAN: mean,
  MUL: mul,
  PACK: pack,
  PAD: pad,
  QUANTIZE: quantize,
  RELU: relu,
  RELU6: relu6,
  RESHAPE: reshape,
  RESIZE_NEAREST_NEIGHBOR: resizeNearestNeighbor,
  SOFTMAX: softmax,
  SPLIT: split,
  SQUEEZE: squeeze,
  STRIDED_SLICE: stridedSlice,
  SUB: sub,
  SVDF: svdf,
  TANH: tanh,
  TRANSPOSE: transpose,
};

/**
 * The operators that can be executed, by TFLite's name; models with others can still be planned.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { supportedOperators } from "tinyloom";
 *
 * assert.ok(supportedOperators.includes("CONV_2D"));
 * ```
 *
 * @category Reference interpreter
 */
export const supportedOperators: readonly OperatorName[] = Object.keys(operators) as OperatorName[];
