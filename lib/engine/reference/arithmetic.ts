import type { Activation } from "../../model/attributes.ts";
import { constantValues } from "../../model/constant.ts";
import type { Dtype } from "../../model/dtype.ts";
import {
  multiplyByQuantizedMultiplier,
  multiplyInt64ByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { clamp, outputRange } from "./clamp.ts";
import { expectSameType, expectType, expectZeroPoint, scaleOf, zeroPointOf } from "./expect.ts";

/** How an operator with weights sums products and stores the sum. */
export interface Arithmetic {
  /** The sum with one product more. */
  readonly multiplyAdd: (sum: number, x: number, weight: number) => number;
  /** The stored element: bias added, rescaled, clamped by the fused activation. */
  readonly finish: (sum: number, bias: number | bigint, channel: number) => number;
}

/** The tensors of an operator with weights. */
export interface WeightedOperation {
  readonly input: Tensor;
  readonly weights: Tensor;
  readonly bias: Tensor | undefined;
  readonly output: Tensor;
  readonly activation: Activation;
  /** The dimension of the weights that counts output channels. */
  readonly channelAxis: number;
  /** The accumulator of int16 activations without a bias: 32 bits if "int32", else 64. */
  readonly biasType: Dtype;
  /** FULLY_CONNECTED: one scale for all channels is multiplied in float32, and weights of one scale
   * may have a zero point. */
  readonly isFullyConnected: boolean;
}

/** Types that go together, by that of the activations. */
export interface OperandTypes {
  readonly weights: Partial<Record<Dtype, readonly Dtype[]>>;
  readonly bias: Partial<Record<Dtype, readonly Dtype[]>>;
}

/**
 * The arithmetic of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED, and of others with weights that
 * take other types (Jacob et al., CVPR 2018; TFLite's
 * quantization specification): sum of `(x - zx) (w - zw)` in an accumulator of 32 bits that wraps or
 * of 64, plus bias, times `sx sw / sy`, plus zy, clamped. float32: every step rounded to float32.
 */
export function weightArithmetic(
  operation: WeightedOperation,
  types: OperandTypes = CONVOLUTION_TYPES,
): Arithmetic {
  const { input, weights, output, activation } = operation;
  checkTypes(operation, types);
  const range = outputRange(activation, output);
  if (input.dtype === "float32") {
    return {
      multiplyAdd: (sum, x, weight) => Math.fround(sum + Math.fround(x * weight)),
      finish: (sum, bias) => clamp(Math.fround(sum + Number(bias)), range),
    };
  }
  const factors = channelFactors(operation);
  const zeroPoint = zeroPointOf(output);
  const inputZeroPoint = zeroPointOf(input);
  const weightZeroPoint = weights.quantization!.zeroPoints[0];
  // Sums stay far below 2^53, so that wrapping once at the end is wrapping at every step.
  const rescale = isWide(operation)
    ? multiplyInt64ByQuantizedMultiplier
    : (sum: number, factor: QuantizedMultiplier) => multiplyByQuantizedMultiplier(sum | 0, factor);
  return {
    multiplyAdd: (sum, x, weight) => sum + (x - inputZeroPoint) * (weight - weightZeroPoint),
    finish: (sum, bias, channel) =>
      clamp(zeroPoint + rescale(sum + Number(bias), factors[channel]), range),
  };
}

/** Whether sums are of 64 bits. */
export function isWide({ input, bias, biasType }: WeightedOperation): boolean {
  return input.dtype === "int16" && (bias?.dtype ?? biasType) !== "int32";
}

const CONVOLUTION_TYPES: OperandTypes = {
  weights: { float32: ["float32"], int8: ["int8", "int4"], uint8: ["uint8"], int16: ["int8"] },
  bias: { float32: ["float32"], int8: ["int32"], uint8: ["int32"], int16: ["int32", "int64"] },
};

function checkTypes(
  { input, weights, bias, output, isFullyConnected }: WeightedOperation,
  types: OperandTypes,
): void {
  const dtype = expectSameType([input, output], Object.keys(types.weights) as Dtype[]);
  expectType("weights", weights, types.weights[dtype]!);
  if (bias !== undefined) expectType("bias", bias, types.bias[dtype]!);
  if (dtype === "float32") return;
  checkBias(bias);
  if (weights.quantization === null || weights.quantization.scales.length === 0) {
    throw new EngineError("weights without a scale");
  }
  if (dtype === "int16") {
    if (weights.dtype === "int16") expectZeroPoint("weights", weights, 0);
    expectZeroPoint("input", input, 0);
    expectZeroPoint("output", output, 0);
  }
  const { scales, zeroPoints } = weights.quantization;
  const maySkew = dtype === "uint8" || isFullyConnected && scales.length === 1;
  const skewed = zeroPoints.find((point) => point !== 0);
  if (skewed !== undefined && !maySkew) {
    throw new EngineError(`${weights.dtype} weights with zero point ${skewed}, needed 0`);
  }
}

/** Sums of int16 have 48 bits, of which products take far fewer. */
export function checkBias(bias: Tensor | undefined): void {
  if (bias?.dtype !== "int64") return;
  if (bias.data === null) {
    throw new EngineError("bias of int64 that is computed, needed a constant: sums are of 48 bits");
  }
  const values = Array.from(constantValues(bias) as BigInt64Array);
  const found = values.find((value) => value >= MOST_BIAS || value < -MOST_BIAS);
  if (found === undefined) return;
  throw new EngineError(`bias of ${found}, needed one of 47 bits: sums are of 48`);
}

const MOST_BIAS = 2n ** 46n;

/** `sx sw / sy` for every output channel, as fixed-point factors. */
export function channelFactors(operation: WeightedOperation): readonly QuantizedMultiplier[] {
  const { input, weights, output, channelAxis, isFullyConnected } = operation;
  const { scales, axis } = weights.quantization!;
  const channels = weights.shape[channelAxis];
  if (scales.length === 1) {
    const product = scaleOf(input) * Math.fround(scales[0]);
    const isFloat = isFullyConnected || input.dtype === "uint8";
    const factor = signedMultiplier((isFloat ? Math.fround(product) : product) / scaleOf(output));
    // A matrix without rows, which stands for no channels, is still multiplied by it.
    return new Array<QuantizedMultiplier>(Math.max(1, channels)).fill(factor);
  }
  if (axis !== channelAxis || input.dtype === "uint8") {
    throw new EngineError(
      `${weights.dtype} weights with scales along dimension ${axis}, needed ` +
        (input.dtype === "uint8" ? "one scale" : `dimension ${channelAxis}`),
    );
  }
  return scales.map((scale) =>
    signedMultiplier(scaleOf(input) * Math.fround(scale) / scaleOf(output))
  );
}

/** As TFLite does it: frexp keeps the sign in the fraction. */
function signedMultiplier(real: number): QuantizedMultiplier {
  const { multiplier, shift } = quantizeMultiplier(Math.abs(real));
  return { multiplier: real < 0 ? -multiplier : multiplier, shift };
}
