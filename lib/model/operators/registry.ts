// Written by `deno task operators` from the files of this folder; not to be changed by hand.
import { add } from "./add.ts";
import { addN } from "./add_n.ts";
import { assignVariable } from "./assign_variable.ts";
import { averagePool2d } from "./average_pool_2d.ts";
import { callOnce } from "./call_once.ts";
import { concatenation } from "./concatenation.ts";
import { conv2d } from "./conv_2d.ts";
import { depthToSpace } from "./depth_to_space.ts";
import { depthwiseConv2d } from "./depthwise_conv_2d.ts";
import { dequantize } from "./dequantize.ts";
import { div } from "./div.ts";
import { equal } from "./equal.ts";
import { expandDims } from "./expand_dims.ts";
import { floorDiv } from "./floor_div.ts";
import { floorMod } from "./floor_mod.ts";
import { fullyConnected } from "./fully_connected.ts";
import { greater } from "./greater.ts";
import { greaterEqual } from "./greater_equal.ts";
import { hardSwish } from "./hard_swish.ts";
import { ifOperator } from "./if.ts";
import { leakyRelu } from "./leaky_relu.ts";
import { less } from "./less.ts";
import { lessEqual } from "./less_equal.ts";
import { logicalAnd } from "./logical_and.ts";
import { logicalOr } from "./logical_or.ts";
import { logistic } from "./logistic.ts";
import { maxPool2d } from "./max_pool_2d.ts";
import { maximum } from "./maximum.ts";
import { mean } from "./mean.ts";
import { minimum } from "./minimum.ts";
import { mul } from "./mul.ts";
import { notEqual } from "./not_equal.ts";
import { pack } from "./pack.ts";
import { pad } from "./pad.ts";
import { prelu } from "./prelu.ts";
import { quantize } from "./quantize.ts";
import { readVariable } from "./read_variable.ts";
import { relu } from "./relu.ts";
import { relu6 } from "./relu6.ts";
import { reshape } from "./reshape.ts";
import { resizeNearestNeighbor } from "./resize_nearest_neighbor.ts";
import { selectV2 } from "./select_v2.ts";
import { softmax } from "./softmax.ts";
import { spaceToDepth } from "./space_to_depth.ts";
import { split } from "./split.ts";
import { squaredDifference } from "./squared_difference.ts";
import { squeeze } from "./squeeze.ts";
import { stridedSlice } from "./strided_slice.ts";
import { sub } from "./sub.ts";
import { svdf } from "./svdf.ts";
import { tanh } from "./tanh.ts";
import { transpose } from "./transpose.ts";
import { varHandle } from "./var_handle.ts";
import { whileOperator } from "./while.ts";

/**
 * What there is to know of every operator without running it, by TFLite's name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { operatorDefinitions } from "tinyloom";
 *
 * assert.equal(operatorDefinitions.RELU.description, "`max(0, x)`");
 * ```
 *
 * @category Models
 */
export const operatorDefinitions = {
  ADD: add,
  ADD_N: addN,
  ASSIGN_VARIABLE: assignVariable,
  AVERAGE_POOL_2D: averagePool2d,
  CALL_ONCE: callOnce,
  CONCATENATION: concatenation,
  CONV_2D: conv2d,
  DEPTH_TO_SPACE: depthToSpace,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  DEQUANTIZE: dequantize,
  DIV: div,
  EQUAL: equal,
  EXPAND_DIMS: expandDims,
  FLOOR_DIV: floorDiv,
  FLOOR_MOD: floorMod,
  FULLY_CONNECTED: fullyConnected,
  GREATER: greater,
  GREATER_EQUAL: greaterEqual,
  HARD_SWISH: hardSwish,
  IF: ifOperator,
  LEAKY_RELU: leakyRelu,
  LESS: less,
  LESS_EQUAL: lessEqual,
  LOGICAL_AND: logicalAnd,
  LOGICAL_OR: logicalOr,
  LOGISTIC: logistic,
  MAX_POOL_2D: maxPool2d,
  MAXIMUM: maximum,
  MEAN: mean,
  MINIMUM: minimum,
  MUL: mul,
  NOT_EQUAL: notEqual,
  PACK: pack,
  PAD: pad,
  PRELU: prelu,
  QUANTIZE: quantize,
  READ_VARIABLE: readVariable,
  RELU: relu,
  RELU6: relu6,
  RESHAPE: reshape,
  RESIZE_NEAREST_NEIGHBOR: resizeNearestNeighbor,
  SELECT_V2: selectV2,
  SOFTMAX: softmax,
  SPACE_TO_DEPTH: spaceToDepth,
  SPLIT: split,
  SQUARED_DIFFERENCE: squaredDifference,
  SQUEEZE: squeeze,
  STRIDED_SLICE: stridedSlice,
  SUB: sub,
  SVDF: svdf,
  TANH: tanh,
  TRANSPOSE: transpose,
  VAR_HANDLE: varHandle,
  WHILE: whileOperator,
};
