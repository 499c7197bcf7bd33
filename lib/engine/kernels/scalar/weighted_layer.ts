import type { Region } from "../../../kernel/kernel.ts";
import type { Tensor } from "../../../model/tensor.ts";
import type { Layer } from "../../layer.ts";
import { channelFactors, isWide, type WeightedOperation } from "../../reference/arithmetic.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { int64Factor } from "../requantize/rescale_int64.ts";
import { numbersOf } from "../convolution/weights.ts";
import type { Grouping } from "./window_layer.ts";

/** An operator with weights: how its channels are grouped, where its weights lie, its arithmetic. */
export interface WeightedOperator {
  readonly grouping: Grouping;
  /** Elements from one tap's weights to the next tap's, and from one filter's to the next one's. */
  readonly tapStep: number;
  readonly filterStep: number;
  readonly operation: WeightedOperation;
  readonly weights: Region;
  /** Given bias, or zeros where they are asked for; null without one. */
  readonly bias: { readonly region: Region; readonly tensor: Tensor } | null;
}

/** The layer as one with weights; null if it is none. */
export function weightedLayer(layer: Layer): WeightedOperator | null {
  const operation = operationOf(layer);
  if (operation === null) return null;
  const { operator, inputs: [input, weights, bias] } = layer;
  const { shape, data, dtype } = operation.weights;
  if (dtype === "int4" && data === null) return null;
  const isDepthwise = operator.op === "DEPTHWISE_CONV_2D";
  const channels = operator.op === "FULLY_CONNECTED" ? shape[1] : input!.tensor.shape[3];
  const filters = shape[operation.channelAxis];
  const depth = isDepthwise ? 1 : shape[shape.length - 1];
  const groups = channels / depth;
  const taps = operator.op === "FULLY_CONNECTED" ? 1 : shape[1] * shape[2];
  return {
    grouping: { groups, depth, filters: filters / groups },
    tapStep: isDepthwise ? filters : depth,
    filterStep: isDepthwise ? 1 : taps * depth,
    operation,
    weights: dtype === "int4"
      ? layer.constants.place(`${layer.name}_weights`, new Uint8Array(numbersOf(operation.weights)))
      : weights!.region,
    bias: bias === null || bias === undefined ? null : { region: bias.region, tensor: bias.tensor },
  };
}

function operationOf(layer: Layer): WeightedOperation | null {
  const { operator, inputs, outputs: [output] } = layer;
  const tensors = {
    input: inputs[0]!.tensor,
    weights: inputs[1]!.tensor,
    bias: inputs[2]?.tensor,
    output: output.tensor,
  };
  switch (operator.op) {
    case "CONV_2D":
    case "FULLY_CONNECTED": {
      const { activation, quantizedBiasType: biasType } = operator.attributes;
      const isFullyConnected = operator.op === "FULLY_CONNECTED";
      return { ...tensors, activation, channelAxis: 0, biasType, isFullyConnected };
    }
    case "DEPTHWISE_CONV_2D": {
      const { activation } = operator.attributes;
      const rest = { channelAxis: 3, biasType: "int64", isFullyConnected: false } as const;
      return { ...tensors, activation, ...rest };
    }
    default:
      return null;
  }
}

/** The integers of a quantized layer's arithmetic. */
export interface QuantizedNumbers {
  readonly inputZero: number;
  readonly weightZero: number;
  readonly outputZero: number;
  /** The range that the activation leaves, less the zero point. */
  readonly least: number;
  readonly most: number;
}

/** Its zero points and the range that its activation leaves. */
export function quantizedNumbers(
  { input, weights, output, activation }: WeightedOperation,
): QuantizedNumbers {
  const { min, max } = outputRange(activation, output);
  const outputZero = zeroPointOf(output);
  return {
    inputZero: zeroPointOf(input),
    weightZero: weights.quantization!.zeroPoints[0],
    outputZero,
    least: min - outputZero,
    most: max - outputZero,
  };
}

/**
 * Two int32 for each channel: multiplier and shift, or, for sums of 64 bits, the multiplier of 15 bits
 * and the shift right (`multiplyInt64ByQuantizedMultiplier`).
 */
export function factorPairs(operation: WeightedOperation): Int32Array {
  const wide = isWide(operation);
  return Int32Array.from(
    channelFactors(operation).flatMap((factor) =>
      wide ? int64Factor(factor) : [factor.multiplier, factor.shift]
    ),
  );
}

/** In place of a quantized layer's integers where there are none. */
export const noNumbers: QuantizedNumbers = {
  inputZero: 0,
  weightZero: 0,
  outputZero: 0,
  least: 0,
  most: 0,
};
