import type {
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
  Pool2dAttributes,
  ReduceAttributes,
  ReshapeAttributes,
  ResizeAttributes,
  SoftmaxAttributes,
  SplitAttributes,
  SqueezeAttributes,
  StridedSliceAttributes,
  SvdfAttributes,
} from "./attributes.ts";

/**
 * The attributes of every operator that is read into a type of its own, by operator name.
 *
 * @category Models
 */
export interface OperatorAttributes {
  /** Element-wise sum with broadcasting. */
  readonly ADD: AdditionAttributes;
  /** Mean over windows. */
  readonly AVERAGE_POOL_2D: Pool2dAttributes;
  /** Joins tensors along an axis. */
  readonly CONCATENATION: ConcatenationAttributes;
  /** Convolution; inputs: activation NHWC, filter OHWI, bias or -1. */
  readonly CONV_2D: Conv2dAttributes;
  /** Depthwise convolution; inputs: activation NHWC, filter 1HWO, bias or -1. */
  readonly DEPTHWISE_CONV_2D: DepthwiseConv2dAttributes;
  /** Quantized to real. */
  readonly DEQUANTIZE: NoAttributes;
  /** Inserts a dimension of extent 1; inputs: data, axis. */
  readonly EXPAND_DIMS: NoAttributes;
  /** Matrix product; inputs: activation, weights [outputs, inputs], bias or -1. */
  readonly FULLY_CONNECTED: FullyConnectedAttributes;
  /** `x * relu6(x + 3) / 6`. */
  readonly HARD_SWISH: NoAttributes;
  /** `x` or `alpha * x`. */
  readonly LEAKY_RELU: LeakyReluAttributes;
  /** `1 / (1 + exp(-x))`. */
  readonly LOGISTIC: NoAttributes;
  /** Maximum over windows. */
  readonly MAX_POOL_2D: Pool2dAttributes;
  /** Mean over axes; inputs: data, axes. */
  readonly MEAN: ReduceAttributes;
  /** Element-wise product with broadcasting. */
  readonly MUL: ActivationAttributes;
  /** Stacks tensors along a new axis. */
  readonly PACK: PackAttributes;
  /** Zero padding; inputs: data, [rank, 2] before and after. */
  readonly PAD: NoAttributes;
  /** Real to quantized, or from one quantization to another. */
  readonly QUANTIZE: NoAttributes;
  /** `max(0, x)`. */
  readonly RELU: NoAttributes;
  /** `min(6, max(0, x))`. */
  readonly RELU6: NoAttributes;
  /** Same elements, other shape; inputs: data and, optionally, the shape. */
  readonly RESHAPE: ReshapeAttributes;
  /** Nearest-neighbour scaling; inputs: data, [height, width]. */
  readonly RESIZE_NEAREST_NEIGHBOR: ResizeAttributes;
  /** Softmax over the last dimension. */
  readonly SOFTMAX: SoftmaxAttributes;
  /** Cuts into equal parts; inputs: axis, data. */
  readonly SPLIT: SplitAttributes;
  /** Drops dimensions of extent 1. */
  readonly SQUEEZE: SqueezeAttributes;
  /** Cuts a box; inputs: data, begin, end, strides. */
  readonly STRIDED_SLICE: StridedSliceAttributes;
  /** Element-wise difference with broadcasting. */
  readonly SUB: AdditionAttributes;
  /** Low-rank filter over time; inputs: data, feature weights, time weights, bias or -1, state. */
  readonly SVDF: SvdfAttributes;
  /** Hyperbolic tangent. */
  readonly TANH: NoAttributes;
  /** Permutes dimensions; inputs: data, permutation. */
  readonly TRANSPOSE: NoAttributes;
}

/**
 * Name of an operator that is read into a type of its own.
 *
 * @category Models
 */
export type OperatorName = keyof OperatorAttributes;

/**
 * What every operator has.
 *
 * @category Models
 */
export interface OperatorBase {
  /** Tensor indices read, in the operator's order; -1 for an optional input that is left out. */
  readonly inputs: readonly number[];
  /** Tensor indices written. */
  readonly outputs: readonly number[];
  /** Version of the operator as TFLite counts them (an int8 CONV_2D is version 3). */
  readonly version: number;
  /** Tensors that the operator uses internally, if the file lists any. */
  readonly intermediates?: readonly number[];
  /** Which inputs are state that the operator changes, if the file tells. */
  readonly mutatingVariableInputs?: readonly boolean[];
}

/**
 * An operator with a type of its own.
 *
 * @category Models
 */
export interface TypedOperator<Name extends OperatorName> extends OperatorBase {
  /** TFLite's name of the operator. */
  readonly op: Name;
  /** What the operator does beyond its tensors. */
  readonly attributes: OperatorAttributes[Name];
}

/**
 * Any other operator, kept so that it can be planned, named and written back. A custom operator may
 * read tensors that nothing writes: they are scratch memory of its own.
 *
 * @category Models
 */
export interface OpaqueOperator extends OperatorBase {
  /** Tells it from the typed ones. */
  readonly op: "OPAQUE";
  /** TFLite's name (`WHILE`), the custom code of a custom operator, or `BUILTIN_<code>`. */
  readonly opName: string;
  /** TFLite's `BuiltinOperator` number; 32 for a custom operator. */
  readonly code: number;
  /** Name of the option table in the TFLite schema (`WhileOptions`); null if there is none. */
  readonly optionTable: string | null;
  /** Fields of the option table by name, in camel case. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Options of a custom operator, as they stand in the file; null if there are none. */
  readonly customOptions: Uint8Array | null;
}

/**
 * One operator of the graph. `op` tells which; a comparison of it narrows `attributes`.
 *
 * @example
 * ```ts
 * import type { Operator } from "tinyloom";
 *
 * export function strideOf(operator: Operator): number {
 *   return operator.op === "CONV_2D" ? operator.attributes.strideH : 1;
 * }
 * ```
 *
 * @category Models
 */
export type Operator =
  | { readonly [Name in OperatorName]: TypedOperator<Name> }[OperatorName]
  | OpaqueOperator;

/**
 * The operator's name for people: `CONV_2D`, `WHILE`, or the code of a custom operator.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { operatorName } from "tinyloom";
 *
 * const relu = { op: "RELU", inputs: [0], outputs: [1], version: 1, attributes: {} } as const;
 * assert.equal(operatorName(relu), "RELU");
 * ```
 *
 * @category Models
 */
export function operatorName(operator: Operator): string {
  return operator.op === "OPAQUE" ? operator.opName : operator.op;
}
