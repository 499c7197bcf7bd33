import type { Dtype } from "./dtype.ts";

/**
 * A value in an operator's option table.
 *
 * @category Models
 */
export type AttributeValue = number | boolean | string | readonly number[] | readonly boolean[];

/**
 * How a window meets the border: zeros around the image, or only whole windows.
 *
 * @category Models
 */
export type Padding = "SAME" | "VALID";

/**
 * Function applied to a result before it is stored.
 *
 * @category Models
 */
export type Activation = "NONE" | "RELU" | "RELU_N1_TO_1" | "RELU6" | "TANH" | "SIGN_BIT";

/**
 * Storage of fully connected weights: row-major, or shuffled for one old kernel.
 *
 * @category Models
 */
export type WeightsFormat = "DEFAULT" | "SHUFFLED4x16INT8";

/**
 * Attributes of an operator that has none.
 *
 * @category Models
 */
export type NoAttributes = Readonly<Record<string, never>>;

/**
 * Attributes of an operator with a fused activation only.
 *
 * @category Models
 */
export interface ActivationAttributes {
  /** Fused activation. */
  readonly activation: Activation;
}

/**
 * Attributes of ADD and SUB.
 *
 * @category Models
 */
export interface AdditionAttributes extends ActivationAttributes {
  /** int16 only: scales are powers of two. */
  readonly potScaleInt16: boolean;
}

/**
 * Steps of a window over an image, in pixels.
 *
 * @category Models
 */
export interface StrideAttributes extends ActivationAttributes {
  /** How windows meet the border. */
  readonly padding: Padding;
  /** Rows from one window to the next. */
  readonly strideH: number;
  /** Columns from one window to the next. */
  readonly strideW: number;
}

/**
 * Attributes of CONV_2D.
 *
 * @category Models
 */
export interface Conv2dAttributes extends StrideAttributes {
  /** Rows from one tap to the next. */
  readonly dilationH: number;
  /** Columns from one tap to the next. */
  readonly dilationW: number;
  /** Type of bias and accumulator; "float32", the schema's default, means unset. */
  readonly quantizedBiasType: Dtype;
}

/**
 * Attributes of DEPTHWISE_CONV_2D.
 *
 * @category Models
 */
export interface DepthwiseConv2dAttributes extends StrideAttributes {
  /** Rows from one tap to the next. */
  readonly dilationH: number;
  /** Columns from one tap to the next. */
  readonly dilationW: number;
  /** Output channels per input channel; 0 in some files: the shapes decide. */
  readonly depthMultiplier: number;
}

/**
 * Attributes of AVERAGE_POOL_2D and MAX_POOL_2D.
 *
 * @category Models
 */
export interface Pool2dAttributes extends StrideAttributes {
  /** Rows of the window. */
  readonly filterH: number;
  /** Columns of the window. */
  readonly filterW: number;
}

/**
 * Attributes of FULLY_CONNECTED.
 *
 * @category Models
 */
export interface FullyConnectedAttributes extends ActivationAttributes {
  /** How the weights are stored. */
  readonly weightsFormat: WeightsFormat;
  /** The output keeps all but the last dimension of the input. */
  readonly keepNumDims: boolean;
  /** Weights-only quantization: quantize the input asymmetrically at run time. */
  readonly asymmetricQuantizeInputs: boolean;
  /** Type of bias and accumulator; "float32", the schema's default, means unset. */
  readonly quantizedBiasType: Dtype;
}

/**
 * Attributes of SOFTMAX.
 *
 * @category Models
 */
export interface SoftmaxAttributes {
  /** Factor of the exponent. */
  readonly beta: number;
}

/**
 * Attributes of LEAKY_RELU.
 *
 * @category Models
 */
export interface LeakyReluAttributes {
  /** Slope left of zero. */
  readonly alpha: number;
}

/**
 * Attributes of CONCATENATION.
 *
 * @category Models
 */
export interface ConcatenationAttributes extends ActivationAttributes {
  /** Dimension to join along; negative counts from the end. */
  readonly axis: number;
}

/**
 * Attributes of PACK.
 *
 * @category Models
 */
export interface PackAttributes {
  /** Number of inputs. */
  readonly valuesCount: number;
  /** Position of the new dimension; negative counts from the end. */
  readonly axis: number;
}

/**
 * Attributes of MEAN.
 *
 * @category Models
 */
export interface ReduceAttributes {
  /** Reduced dimensions stay with extent 1. */
  readonly keepDims: boolean;
}

/**
 * Attributes of RESHAPE.
 *
 * @category Models
 */
export interface ReshapeAttributes {
  /** The new shape, one extent may be -1; empty when the second input tells it. */
  readonly newShape: readonly number[];
}

/**
 * Attributes of SQUEEZE.
 *
 * @category Models
 */
export interface SqueezeAttributes {
  /** Dimensions to drop; empty for all of extent 1. */
  readonly squeezeDims: readonly number[];
}

/**
 * Attributes of SPLIT.
 *
 * @category Models
 */
export interface SplitAttributes {
  /** Number of outputs. */
  readonly numSplits: number;
}

/**
 * Attributes of RESIZE_NEAREST_NEIGHBOR.
 *
 * @category Models
 */
export interface ResizeAttributes {
  /** Corner pixels of input and output coincide. */
  readonly alignCorners: boolean;
  /** Pixels have their centre at one half. */
  readonly halfPixelCenters: boolean;
}

/**
 * Attributes of STRIDED_SLICE: bit i of a mask speaks of dimension i.
 *
 * @category Models
 */
export interface StridedSliceAttributes {
  /** Start at the first element. */
  readonly beginMask: number;
  /** Go to the last element. */
  readonly endMask: number;
  /** Stands for as many dimensions as needed. */
  readonly ellipsisMask: number;
  /** Inserts a dimension. */
  readonly newAxisMask: number;
  /** Drops the dimension. */
  readonly shrinkAxisMask: number;
  /** The end is counted from the begin. */
  readonly offset: boolean;
}

/**
 * Attributes of SVDF.
 *
 * @category Models
 */
export interface SvdfAttributes extends ActivationAttributes {
  /** Filters per output. */
  readonly rank: number;
  /** Weights-only quantization: quantize the input asymmetrically at run time. */
  readonly asymmetricQuantizeInputs: boolean;
}
