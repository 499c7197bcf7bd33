// Written by `deno task operators` from the files of this folder; not to be changed by hand.
import { abs } from "./abs.ts";
import { add } from "./add.ts";
import { addN } from "./add_n.ts";
import { argMax } from "./arg_max.ts";
import { argMin } from "./arg_min.ts";
import { assignVariable } from "./assign_variable.ts";
import { averagePool2d } from "./average_pool_2d.ts";
import { batchMatmul } from "./batch_matmul.ts";
import { batchToSpaceNd } from "./batch_to_space_nd.ts";
import { broadcastArgs } from "./broadcast_args.ts";
import { broadcastTo } from "./broadcast_to.ts";
import { callOnce } from "./call_once.ts";
import { cast } from "./cast.ts";
import { ceil } from "./ceil.ts";
import { concatenation } from "./concatenation.ts";
import { conv2d } from "./conv_2d.ts";
import { cos } from "./cos.ts";
import { cumsum } from "./cumsum.ts";
import { circularBuffer } from "./custom/circular_buffer.ts";
import { signalDelay } from "./custom/signal_delay.ts";
import { signalEnergy } from "./custom/signal_energy.ts";
import { signalFftAutoScale } from "./custom/signal_fft_auto_scale.ts";
import { signalFilterBank } from "./custom/signal_filter_bank.ts";
import { signalFilterBankLog } from "./custom/signal_filter_bank_log.ts";
import { signalFilterBankSpectralSubtraction } from "./custom/signal_filter_bank_spectral_subtraction.ts";
import { signalFilterBankSquareRoot } from "./custom/signal_filter_bank_square_root.ts";
import { signalFramer } from "./custom/signal_framer.ts";
import { signalIrfft } from "./custom/signal_irfft.ts";
import { signalOverlapAdd } from "./custom/signal_overlap_add.ts";
import { signalPcan } from "./custom/signal_pcan.ts";
import { signalRfft } from "./custom/signal_rfft.ts";
import { signalStacker } from "./custom/signal_stacker.ts";
import { signalWindow } from "./custom/signal_window.ts";
import { tfliteDetectionPostprocess } from "./custom/tflite_detection_postprocess.ts";
import { tflmDecode } from "./custom/tflm_decode.ts";
import { depthToSpace } from "./depth_to_space.ts";
import { depthwiseConv2d } from "./depthwise_conv_2d.ts";
import { dequantize } from "./dequantize.ts";
import { div } from "./div.ts";
import { dynamicUpdateSlice } from "./dynamic_update_slice.ts";
import { elu } from "./elu.ts";
import { embeddingLookup } from "./embedding_lookup.ts";
import { equal } from "./equal.ts";
import { exp } from "./exp.ts";
import { expandDims } from "./expand_dims.ts";
import { fill } from "./fill.ts";
import { floor } from "./floor.ts";
import { floorDiv } from "./floor_div.ts";
import { floorMod } from "./floor_mod.ts";
import { fullyConnected } from "./fully_connected.ts";
import { gather } from "./gather.ts";
import { gatherNd } from "./gather_nd.ts";
import { greater } from "./greater.ts";
import { greaterEqual } from "./greater_equal.ts";
import { hardSwish } from "./hard_swish.ts";
import { ifOperator } from "./if.ts";
import { l2Normalization } from "./l2_normalization.ts";
import { l2Pool2d } from "./l2_pool_2d.ts";
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
import { mirrorPad } from "./mirror_pad.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
import { notEqual } from "./not_equal.ts";
import { pack } from "./pack.ts";
import { pad } from "./pad.ts";
import { padv2 } from "./padv2.ts";
import { prelu } from "./prelu.ts";
import { quantize } from "./quantize.ts";
import { readVariable } from "./read_variable.ts";
import { reduceAll } from "./reduce_all.ts";
import { reduceMax } from "./reduce_max.ts";
import { reduceMin } from "./reduce_min.ts";
import { relu } from "./relu.ts";
import { relu6 } from "./relu6.ts";
import { reshape } from "./reshape.ts";
import { resizeBilinear } from "./resize_bilinear.ts";
import { resizeNearestNeighbor } from "./resize_nearest_neighbor.ts";
import { reverseV2 } from "./reverse_v2.ts";
import { round } from "./round.ts";
import { rsqrt } from "./rsqrt.ts";
import { selectV2 } from "./select_v2.ts";
import { shape } from "./shape.ts";
import { sin } from "./sin.ts";
import { slice } from "./slice.ts";
import { softmax } from "./softmax.ts";
import { spaceToBatchNd } from "./space_to_batch_nd.ts";
import { spaceToDepth } from "./space_to_depth.ts";
import { split } from "./split.ts";
import { splitV } from "./split_v.ts";
import { sqrt } from "./sqrt.ts";
import { square } from "./square.ts";
import { squaredDifference } from "./squared_difference.ts";
import { squeeze } from "./squeeze.ts";
import { stridedSlice } from "./strided_slice.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum.ts";
import { svdf } from "./svdf.ts";
import { tanh } from "./tanh.ts";
import { transpose } from "./transpose.ts";
import { transposeConv } from "./transpose_conv.ts";
import { unidirectionalSequenceLstm } from "./unidirectional_sequence_lstm.ts";
import { unpack } from "./unpack.ts";
import { varHandle } from "./var_handle.ts";
import { whileOperator } from "./while.ts";
import { zerosLike } from "./zeros_like.ts";

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
  ABS: abs,
  ADD: add,
  ADD_N: addN,
  ARG_MAX: argMax,
  ARG_MIN: argMin,
  ASSIGN_VARIABLE: assignVariable,
  AVERAGE_POOL_2D: averagePool2d,
  BATCH_MATMUL: batchMatmul,
  BATCH_TO_SPACE_ND: batchToSpaceNd,
  BROADCAST_ARGS: broadcastArgs,
  BROADCAST_TO: broadcastTo,
  CALL_ONCE: callOnce,
  CAST: cast,
  CEIL: ceil,
  CONCATENATION: concatenation,
  CONV_2D: conv2d,
  COS: cos,
  CUMSUM: cumsum,
  CIRCULAR_BUFFER: circularBuffer,
  SignalDelay: signalDelay,
  SignalEnergy: signalEnergy,
  SignalFftAutoScale: signalFftAutoScale,
  SignalFilterBank: signalFilterBank,
  SignalFilterBankLog: signalFilterBankLog,
  SignalFilterBankSpectralSubtraction: signalFilterBankSpectralSubtraction,
  SignalFilterBankSquareRoot: signalFilterBankSquareRoot,
  SignalFramer: signalFramer,
  SignalIrfft: signalIrfft,
  SignalOverlapAdd: signalOverlapAdd,
  SignalPCAN: signalPcan,
  SignalRfft: signalRfft,
  SignalStacker: signalStacker,
  SignalWindow: signalWindow,
  TFLite_Detection_PostProcess: tfliteDetectionPostprocess,
  TFLM_DECODE: tflmDecode,
  DEPTH_TO_SPACE: depthToSpace,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  DEQUANTIZE: dequantize,
  DIV: div,
  DYNAMIC_UPDATE_SLICE: dynamicUpdateSlice,
  ELU: elu,
  EMBEDDING_LOOKUP: embeddingLookup,
  EQUAL: equal,
  EXP: exp,
  EXPAND_DIMS: expandDims,
  FILL: fill,
  FLOOR: floor,
  FLOOR_DIV: floorDiv,
  FLOOR_MOD: floorMod,
  FULLY_CONNECTED: fullyConnected,
  GATHER: gather,
  GATHER_ND: gatherNd,
  GREATER: greater,
  GREATER_EQUAL: greaterEqual,
  HARD_SWISH: hardSwish,
  IF: ifOperator,
  L2_NORMALIZATION: l2Normalization,
  L2_POOL_2D: l2Pool2d,
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
  MIRROR_PAD: mirrorPad,
  MUL: mul,
  NEG: neg,
  NOT_EQUAL: notEqual,
  PACK: pack,
  PAD: pad,
  PADV2: padv2,
  PRELU: prelu,
  QUANTIZE: quantize,
  READ_VARIABLE: readVariable,
  REDUCE_ALL: reduceAll,
  REDUCE_MAX: reduceMax,
  REDUCE_MIN: reduceMin,
  RELU: relu,
  RELU6: relu6,
  RESHAPE: reshape,
  RESIZE_BILINEAR: resizeBilinear,
  RESIZE_NEAREST_NEIGHBOR: resizeNearestNeighbor,
  REVERSE_V2: reverseV2,
  ROUND: round,
  RSQRT: rsqrt,
  SELECT_V2: selectV2,
  SHAPE: shape,
  SIN: sin,
  SLICE: slice,
  SOFTMAX: softmax,
  SPACE_TO_BATCH_ND: spaceToBatchNd,
  SPACE_TO_DEPTH: spaceToDepth,
  SPLIT: split,
  SPLIT_V: splitV,
  SQRT: sqrt,
  SQUARE: square,
  SQUARED_DIFFERENCE: squaredDifference,
  SQUEEZE: squeeze,
  STRIDED_SLICE: stridedSlice,
  SUB: sub,
  SUM: sum,
  SVDF: svdf,
  TANH: tanh,
  TRANSPOSE: transpose,
  TRANSPOSE_CONV: transposeConv,
  UNIDIRECTIONAL_SEQUENCE_LSTM: unidirectionalSequenceLstm,
  UNPACK: unpack,
  VAR_HANDLE: varHandle,
  WHILE: whileOperator,
  ZEROS_LIKE: zerosLike,
};
