// Written by `deno task operators` from the files of this folder; not to be changed by hand.
import type { OperatorName } from "../../model/operator.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { abs } from "./abs.ts";
import { add } from "./add.ts";
import { addN } from "./add_n.ts";
import { argMax } from "./arg_max.ts";
import { argMin } from "./arg_min.ts";
import { assignVariable } from "./assign_variable.ts";
import { averagePool2d } from "./average_pool_2d.ts";
import { callOnce } from "./call_once.ts";
import { cast } from "./cast.ts";
import { ceil } from "./ceil.ts";
import { concatenation } from "./concatenation.ts";
import { conv2d } from "./conv_2d.ts";
import { cos } from "./cos.ts";
import { depthToSpace } from "./depth_to_space.ts";
import { depthwiseConv2d } from "./depthwise_conv_2d.ts";
import { dequantize } from "./dequantize.ts";
import { div } from "./div.ts";
import { elu } from "./elu.ts";
import { equal } from "./equal.ts";
import { exp } from "./exp.ts";
import { expandDims } from "./expand_dims.ts";
import { floor } from "./floor.ts";
import { floorDiv } from "./floor_div.ts";
import { floorMod } from "./floor_mod.ts";
import { fullyConnected } from "./fully_connected.ts";
import { greater } from "./greater.ts";
import { greaterEqual } from "./greater_equal.ts";
import { hardSwish } from "./hard_swish.ts";
import { ifOperator } from "./if.ts";
import { l2Normalization } from "./l2_normalization.ts";
import { leakyRelu } from "./leaky_relu.ts";
import { less } from "./less.ts";
import { lessEqual } from "./less_equal.ts";
import { log } from "./log.ts";
import { logSoftmax } from "./log_softmax.ts";
import { logicalAnd } from "./logical_and.ts";
import { logicalNot } from "./logical_not.ts";
import { logicalOr } from "./logical_or.ts";
import { logistic } from "./logistic.ts";
import { maxPool2d } from "./max_pool_2d.ts";
import { maximum } from "./maximum.ts";
import { mean } from "./mean.ts";
import { minimum } from "./minimum.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
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
import { round } from "./round.ts";
import { rsqrt } from "./rsqrt.ts";
import { selectV2 } from "./select_v2.ts";
import { sin } from "./sin.ts";
import { softmax } from "./softmax.ts";
import { spaceToDepth } from "./space_to_depth.ts";
import { split } from "./split.ts";
import { sqrt } from "./sqrt.ts";
import { square } from "./square.ts";
import { squaredDifference } from "./squared_difference.ts";
import { squeeze } from "./squeeze.ts";
import { stridedSlice } from "./strided_slice.ts";
import { sub } from "./sub.ts";
import { svdf } from "./svdf.ts";
import { tanh } from "./tanh.ts";
import { transpose } from "./transpose.ts";
import { varHandle } from "./var_handle.ts";
import { whileOperator } from "./while.ts";
import { zerosLike } from "./zeros_like.ts";

/** How every operator is run, by TFLite's name. */
export const engineOperators: {
  readonly [Name in OperatorName]: EngineOperator<Name>;
} = {
  ABS: abs,
  ADD: add,
  ADD_N: addN,
  ARG_MAX: argMax,
  ARG_MIN: argMin,
  ASSIGN_VARIABLE: assignVariable,
  AVERAGE_POOL_2D: averagePool2d,
  CALL_ONCE: callOnce,
  CAST: cast,
  CEIL: ceil,
  CONCATENATION: concatenation,
  CONV_2D: conv2d,
  COS: cos,
  DEPTH_TO_SPACE: depthToSpace,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  DEQUANTIZE: dequantize,
  DIV: div,
  ELU: elu,
  EQUAL: equal,
  EXP: exp,
  EXPAND_DIMS: expandDims,
  FLOOR: floor,
  FLOOR_DIV: floorDiv,
  FLOOR_MOD: floorMod,
  FULLY_CONNECTED: fullyConnected,
  GREATER: greater,
  GREATER_EQUAL: greaterEqual,
  HARD_SWISH: hardSwish,
  IF: ifOperator,
  L2_NORMALIZATION: l2Normalization,
  LEAKY_RELU: leakyRelu,
  LESS: less,
  LESS_EQUAL: lessEqual,
  LOG: log,
  LOG_SOFTMAX: logSoftmax,
  LOGICAL_AND: logicalAnd,
  LOGICAL_NOT: logicalNot,
  LOGICAL_OR: logicalOr,
  LOGISTIC: logistic,
  MAX_POOL_2D: maxPool2d,
  MAXIMUM: maximum,
  MEAN: mean,
  MINIMUM: minimum,
  MUL: mul,
  NEG: neg,
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
  ROUND: round,
  RSQRT: rsqrt,
  SELECT_V2: selectV2,
  SIN: sin,
  SOFTMAX: softmax,
  SPACE_TO_DEPTH: spaceToDepth,
  SPLIT: split,
  SQRT: sqrt,
  SQUARE: square,
  SQUARED_DIFFERENCE: squaredDifference,
  SQUEEZE: squeeze,
  STRIDED_SLICE: stridedSlice,
  SUB: sub,
  SVDF: svdf,
  TANH: tanh,
  TRANSPOSE: transpose,
  VAR_HANDLE: varHandle,
  WHILE: whileOperator,
  ZEROS_LIKE: zerosLike,
};
