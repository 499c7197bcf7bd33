/**
 * Models: TFLite files read, checked, counted and written; and a zoo of published architectures.
 *
 * `readModel` and `writeModel` convert between files and plain data, `checkModel` says what is wrong
 * with a model. `macs`, `parameterCount`, `weightsBytes` and `liveBytes` count, `summarize` lists. `zoo`
 * builds networks such as MobileNetV2, MCUNet and those of MLPerf Tiny, with seeded weights.
 *
 * @example
 * ```ts
 * import { macs, readModel, writeModel, zoo } from "tinyloom/model";
 * import assert from "node:assert/strict";
 *
 * const model = readModel(writeModel(zoo("mlperf-tiny-kws")));
 * assert.equal(macs(model), macs(zoo("mlperf-tiny-kws")));
 * ```
 *
 * @module
 */

export type {
  Activation,
  ActivationAttributes,
  AdditionAttributes,
  AttributeValue,
  NoAttributes,
  Padding,
  Pool2dAttributes,
  StrideAttributes,
  WeightsFormat,
} from "./attributes.ts";
export type { BatchMatmulAttributes } from "./operators/batch_matmul.ts";
export type { ConcatenationAttributes } from "./operators/concatenation.ts";
export type { Conv2dAttributes } from "./operators/conv_2d.ts";
export type { DepthwiseConv2dAttributes } from "./operators/depthwise_conv_2d.ts";
export type { FullyConnectedAttributes } from "./operators/fully_connected.ts";
export type { LeakyReluAttributes } from "./operators/leaky_relu.ts";
export type { PackAttributes } from "./operators/pack.ts";
export type { ReduceAttributes } from "./operators/mean.ts";
export type { ReshapeAttributes } from "./operators/reshape.ts";
export type { ResizeAttributes } from "./operators/resize_nearest_neighbor.ts";
export type { SoftmaxAttributes } from "./operators/softmax.ts";
export type { CallOnceAttributes } from "./operators/call_once.ts";
export type { IfAttributes } from "./operators/if.ts";
export type { VarHandleAttributes } from "./operators/var_handle.ts";
export type { WhileAttributes } from "./operators/while.ts";
export type { SplitAttributes } from "./operators/split.ts";
export type { SqueezeAttributes } from "./operators/squeeze.ts";
export type { StridedSliceAttributes } from "./operators/strided_slice.ts";
export type { SvdfAttributes } from "./operators/svdf.ts";
export type { TransposeConvAttributes } from "./operators/transpose_conv.ts";
export type { UnidirectionalSequenceLstmAttributes } from "./operators/unidirectional_sequence_lstm.ts";
export { checkModel, type ModelPlace } from "./check_model.ts";
export { type ConstantArray, constantValues, zeroValues } from "./constant.ts";
export { type Dtype, dtypeBits, dtypeRange, dtypes } from "./dtype.ts";
export type { Metadata, Model, NamedTensor, Signature, Subgraph } from "./model.ts";
export { ModelError } from "./model_error.ts";
export {
  type OpaqueOperator,
  type Operator,
  type OperatorAttributes,
  type OperatorBase,
  type OperatorName,
  operatorName,
  type TypedOperator,
} from "./operator.ts";
export { readModel, type ReadModelOptions } from "./read_model.ts";
export { elements, sizeBytes } from "./shape.ts";
export type { ModelTail } from "./tail.ts";
export type { Quantization, Tensor as ModelTensor } from "./tensor.ts";
export { type WindowExtent, windowExtent } from "./window.ts";
export { writeModel } from "./write_model.ts";
export { type ActivationRange, activationRange } from "./activation_range.ts";
export {
  multiplyByQuantizedMultiplier,
  multiplyInt64ByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul,
} from "./fixed_point.ts";
export { liveBytes } from "./live_bytes.ts";
export { foldedOperators } from "./folding.ts";
export { macs, operatorMacs } from "./macs.ts";
export { selectSignature } from "./select_signature.ts";
export { leftOut, summarize, type SummaryColumns } from "./summarize.ts";
export { parameterCount, weightsBytes } from "./weights.ts";
export { makeDivisible } from "./zoo/make_divisible.ts";
export {
  type PublishedMcunet,
  publishedMcunet,
  type PublishedMcunetModel,
  publishedMcunetModels,
  type PublishedSpace,
  publishedSpaces,
} from "./zoo/published_mcunet.ts";
export {
  leastPublishedSram,
  type PublishedDeployment,
  publishedTinyEngine,
} from "./zoo/published_tinyengine.ts";
export { type PublishedRun, publishedRuns } from "./zoo/published_runs.ts";
export {
  redistribute,
  type RedistributeOptions,
  type Redistribution,
  type StagedNetwork,
} from "./zoo/redistribute.ts";
export { zoo } from "./zoo/zoo.ts";
export type { ZooOptions } from "./zoo/zoo_options.ts";
export { type ZooColumns, zooNames, zooTable } from "./zoo/zoo_table.ts";
export type { BoxPlace } from "./operator_definition.ts";
export type { InputTensors } from "./operator_definition.ts";
export type { Move } from "./operator_definition.ts";
export type { Operands } from "./operator_definition.ts";
export type { OperatorAccess } from "./operator_definition.ts";
export type { OperatorDefinition } from "./operator_definition.ts";
export type { RowReads } from "./operator_definition.ts";
export type { WindowAccess } from "./operator_definition.ts";
export { operatorDefinitions } from "./operators/registry.ts";
export type { DepthToSpaceAttributes } from "./operators/depth_to_space.ts";
export type { SpaceToDepthAttributes } from "./operators/space_to_depth.ts";
export type { ArgExtremeAttributes } from "./operators/arg_max.ts";
export type { CastAttributes } from "./operators/cast.ts";
export type { CumsumAttributes } from "./operators/cumsum.ts";
export type { GatherAttributes } from "./operators/gather.ts";
export type { MirrorPadAttributes } from "./operators/mirror_pad.ts";
export type { ShapeAttributes } from "./operators/shape.ts";
export type { UnpackAttributes } from "./operators/unpack.ts";
export type { CircularBufferAttributes } from "./operators/custom/circular_buffer.ts";
export type { SignalDelayAttributes } from "./operators/custom/signal_delay.ts";
export type { SignalEnergyAttributes } from "./operators/custom/signal_energy.ts";
export type { SignalFilterBankAttributes } from "./operators/custom/signal_filter_bank.ts";
export type { SignalFilterBankLogAttributes } from "./operators/custom/signal_filter_bank_log.ts";
export type { SignalFilterBankSpectralSubtractionAttributes } from "./operators/custom/signal_filter_bank_spectral_subtraction.ts";
export type { SignalFramerAttributes } from "./operators/custom/signal_framer.ts";
export type { SignalIrfftAttributes } from "./operators/custom/signal_irfft.ts";
export type { SignalOverlapAddAttributes } from "./operators/custom/signal_overlap_add.ts";
export type { SignalPcanAttributes } from "./operators/custom/signal_pcan.ts";
export type { SignalRfftAttributes } from "./operators/custom/signal_rfft.ts";
export type { SignalStackerAttributes } from "./operators/custom/signal_stacker.ts";
export type { SignalWindowAttributes } from "./operators/custom/signal_window.ts";
export type { DetectionPostprocessAttributes } from "./operators/custom/tflite_detection_postprocess.ts";
export type { CustomOption } from "./custom_options.ts";
