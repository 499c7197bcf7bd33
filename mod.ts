// Models: graph types, reading and writing TFLite files
export type {
  Activation,
  ActivationAttributes,
  AdditionAttributes,
  AttributeValue,
  ConcatenationAttributes,
  Conv2dAttributes,
  DepthwiseConv2dAttributes,
  FullyConnectedAttributes,
  LeakyReluAttributes,
  NoAttributes,
  PackAttributes,
  Padding,
  Pool2dAttributes,
  ReduceAttributes,
  ReshapeAttributes,
  ResizeAttributes,
  SoftmaxAttributes,
  SplitAttributes,
  SqueezeAttributes,
  StrideAttributes,
  StridedSliceAttributes,
  SvdfAttributes,
  WeightsFormat,
} from "./lib/model/attributes.ts";
export { checkModel, type Place } from "./lib/model/check_model.ts";
export { type ConstantArray, constantValues } from "./lib/model/constant.ts";
export { type Dtype, dtypeBits, dtypeRange, dtypes } from "./lib/model/dtype.ts";
export type { Metadata, Model, NamedTensor, Signature, Subgraph } from "./lib/model/model.ts";
export { ModelError } from "./lib/model/model_error.ts";
export {
  type OpaqueOperator,
  type Operator,
  type OperatorAttributes,
  type OperatorBase,
  type OperatorName,
  operatorName,
  type TypedOperator,
} from "./lib/model/operator.ts";
export { readModel } from "./lib/model/read_model.ts";
export { elements, sizeBytes } from "./lib/model/shape.ts";
export type { Quantization, Tensor as ModelTensor } from "./lib/model/tensor.ts";
export { type WindowExtent, windowExtent } from "./lib/model/window.ts";
export { writeModel } from "./lib/model/write_model.ts";
export { type ActivationRange, activationRange } from "./lib/model/activation_range.ts";
export {
  multiplyByQuantizedMultiplier,
  multiplyInt64ByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul,
} from "./lib/model/fixed_point.ts";
export { liveBytes } from "./lib/model/live_bytes.ts";
export { macs, operatorMacs } from "./lib/model/macs.ts";
export { summarize, type SummaryColumns } from "./lib/model/summarize.ts";
export { parameterCount, weightsBytes } from "./lib/model/weights.ts";

// The zoo: published architectures, built with seeded weights
export { makeDivisible } from "./lib/model/zoo/make_divisible.ts";
export { type PublishedMcunet, publishedMcunet } from "./lib/model/zoo/published_mcunet.ts";
export {
  type PublishedDeployment,
  publishedTinyEngine,
} from "./lib/model/zoo/published_tinyengine.ts";
export { zoo } from "./lib/model/zoo/zoo.ts";
export type { ZooOptions } from "./lib/model/zoo/zoo_options.ts";
export { type ZooColumns, zooNames, zooTable } from "./lib/model/zoo/zoo_table.ts";
