import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer } from "../../layer.ts";
import { channelFactors } from "../../reference/arithmetic.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { convShape } from "../convolution/conv_shape.ts";
import { numbersOf, productBounds } from "../convolution/weights.ts";
import { layerWindow } from "../walk/open_kernel.ts";
import type { FinishOptions } from "./finish_sums.ts";

/** What a convolution of int8 computes with. */
export interface ConvNumbers {
  readonly window: SlidingWindow;
  /** Channels of the output. */
  readonly filters: number;
  /** Products in a sum. */
  readonly depth: number;
  /** Filter by filter. */
  readonly weights: ArrayLike<number>;
  readonly inputZero: number;
  /** By what its sums are finished. */
  readonly sums: FinishOptions;
}

/** Those of a layer with constant weights of int8; null for groups of several channels. */
export function convNumbers(layer: Layer): ConvNumbers | null {
  const { operator, inputs: [input, weightsOperand, biasOperand], outputs: [output] } = layer;
  if (input?.tensor.dtype !== "int8" || output.tensor.dtype !== "int8") return null;
  const tensor = weightsOperand?.tensor;
  if (tensor?.data == null || tensor.dtype !== "int8") return null;
  if (tensor.quantization!.zeroPoints.some((point) => point !== 0)) return null;
  if (biasOperand && biasOperand.tensor.data === null) return null;
  const isDepthwise = operator.op === "DEPTHWISE_CONV_2D";
  const shape = isDepthwise ? oneChannel(layer) : convShape(layer);
  if (shape === null) return null;
  const { window, filters, depth, activation } = shape;
  const given = numbersOf(tensor);
  const weights = isDepthwise ? byFilter(given, filters) : given;
  const inputZero = zeroPointOf(input.tensor);
  const bias = biasOperand ? numbersOf(biasOperand.tensor) : new Int32Array(filters);
  return {
    window,
    filters,
    depth,
    weights,
    inputZero,
    sums: {
      factors: channelFactors({
        input: input.tensor,
        weights: tensor,
        bias: biasOperand?.tensor,
        output: output.tensor,
        activation: "NONE",
        channelAxis: isDepthwise ? 3 : 0,
        biasType: "int32",
        isFullyConnected: operator.op === "FULLY_CONNECTED",
      }),
      bias: Array.from({ length: filters }, (_, o) => {
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += weights[o * depth + k];
        return bias[o] - inputZero * sum | 0;
      }),
      products: productBounds(weights, { channels: filters, most: 255 }),
      outputZero: zeroPointOf(output.tensor),
      range: outputRange(activation, output.tensor),
    },
  };
}

/** A depthwise convolution of one channel is one of as many filters. */
function oneChannel(layer: Layer) {
  const { operator } = layer;
  if (operator.op !== "DEPTHWISE_CONV_2D") return null;
  const window = layerWindow(layer);
  if (window === null || window.inputPixelBytes !== 1) return null;
  return {
    window,
    filters: window.outputPixelBytes,
    depth: window.kernelHeight * window.kernelWidth,
    activation: operator.attributes.activation,
  };
}

/** Weights channel by channel that lie tap by tap. */
export function byFilter(weights: ArrayLike<number>, filters: number): Int8Array<ArrayBuffer> {
  const taps = weights.length / filters;
  const turned = new Int8Array(weights.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let c = 0; c < filters; c++) turned[c * taps + tap] = weights[tap * filters + c];
  }
  return turned;
}
