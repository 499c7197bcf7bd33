// Written by `deno task operators` from the files of this folder; not to be changed by hand.
import { add } from "./add.ts";
import { averagePool2d } from "./average_pool_2d.ts";
import { batchToSpaceNd } from "./batch_to_space_nd.ts";
import { broadcastArgs } from "./broadcast_args.ts";
import { broadcastTo } from "./broadcast_to.ts";
import { concatenation } from "./concatenation.ts";
import { conv2d } from "./conv_2d.ts";
import { cumsum } from "./cumsum.ts";
import { depthToSpace } from "./depth_to_space.ts";
import { depthwiseConv2d } from "./depthwise_conv_2d.ts";
import { dequantize } from "./dequantize.ts";
import { dynamicUpdateSlice } from "./dynamic_update_slice.ts";
import { embeddingLookup } from "./embedding_lookup.ts";
import { expandDims } from "./expand_dims.ts";
import { fill } from "./fill.ts";
import { fullyConnected } from "./fully_connected.ts";
import { gather } from "./gather.ts";
import { gatherNd } from "./gather_nd.ts";
import { hardSwish } from "./hard_swish.ts";
import { leakyRelu } from "./leaky_relu.ts";
import { logistic } from "./logistic.ts";
import { maxPool2d } from "./max_pool_2d.ts";
import { maximum } from "./maximum.ts";
import { mean } from "./mean.ts";
import { minimum } from "./minimum.ts";
import { mirrorPad } from "./mirror_pad.ts";
import { mul } from "./mul.ts";
import { pack } from "./pack.ts";
import { pad } from "./pad.ts";
import { padv2 } from "./padv2.ts";
import { quantize } from "./quantize.ts";
import { reduceAll } from "./reduce_all.ts";
import { reduceMax } from "./reduce_max.ts";
import { reduceMin } from "./reduce_min.ts";
import { relu } from "./relu.ts";
import { relu6 } from "./relu6.ts";
import { reshape } from "./reshape.ts";
import { resizeNearestNeighbor } from "./resize_nearest_neighbor.ts";
import { reverseV2 } from "./reverse_v2.ts";
import { shape } from "./shape.ts";
import { slice } from "./slice.ts";
import { softmax } from "./softmax.ts";
import { spaceToBatchNd } from "./space_to_batch_nd.ts";
import { spaceToDepth } from "./space_to_depth.ts";
import { split } from "./split.ts";
import { splitV } from "./split_v.ts";
import { squeeze } from "./squeeze.ts";
import { stridedSlice } from "./strided_slice.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum.ts";
import { svdf } from "./svdf.ts";
import { tanh } from "./tanh.ts";
import { transpose } from "./transpose.ts";
import { unpack } from "./unpack.ts";

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
  AVERAGE_POOL_2D: averagePool2d,
  BATCH_TO_SPACE_ND: batchToSpaceNd,
  BROADCAST_ARGS: broadcastArgs,
  BROADCAST_TO: broadcastTo,
  CONCATENATION: concatenation,
  CONV_2D: conv2d,
  CUMSUM: cumsum,
  DEPTH_TO_SPACE: depthToSpace,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  DEQUANTIZE: dequantize,
  DYNAMIC_UPDATE_SLICE: dynamicUpdateSlice,
  EMBEDDING_LOOKUP: embeddingLookup,
  EXPAND_DIMS: expandDims,
  FILL: fill,
  FULLY_CONNECTED: fullyConnected,
  GATHER: gather,
  GATHER_ND: gatherNd,
  HARD_SWISH: hardSwish,
  LEAKY_RELU: leakyRelu,
  LOGISTIC: logistic,
  MAX_POOL_2D: maxPool2d,
  MAXIMUM: maximum,
  MEAN: mean,
  MINIMUM: minimum,
  MIRROR_PAD: mirrorPad,
  MUL: mul,
  PACK: pack,
  PAD: pad,
  PADV2: padv2,
  QUANTIZE: quantize,
  REDUCE_ALL: reduceAll,
  REDUCE_MAX: reduceMax,
  REDUCE_MIN: reduceMin,
  RELU: relu,
  RELU6: relu6,
  RESHAPE: reshape,
  RESIZE_NEAREST_NEIGHBOR: resizeNearestNeighbor,
  REVERSE_V2: reverseV2,
  SHAPE: shape,
  SLICE: slice,
  SOFTMAX: softmax,
  SPACE_TO_BATCH_ND: spaceToBatchNd,
  SPACE_TO_DEPTH: spaceToDepth,
  SPLIT: split,
  SPLIT_V: splitV,
  SQUEEZE: squeeze,
  STRIDED_SLICE: stridedSlice,
  SUB: sub,
  SUM: sum,
  SVDF: svdf,
  TANH: tanh,
  TRANSPOSE: transpose,
  UNPACK: unpack,
};
