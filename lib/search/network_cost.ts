import { codeEstimate, SCALE_BYTES } from "../plan/flash_bytes.ts";
import { type NetworkLayer, outputBytes } from "./network_layers.ts";

/** What a network costs whatever its plan, from its numbers alone. */
export interface NetworkCost {
  /** Multiply-accumulates of one run, as `macs` of the model. */
  readonly macs: number;
  /** Weights and biases, as `parameterCount` of the model. */
  readonly params: number;
  /** Constants and code, as `flashBytes` of the model. */
  readonly flashBytes: number;
}

const BIAS_BYTES = 4;

/** Multiply-accumulates, parameters and Flash: the figures of the model, without building it. */
export function networkCost(layers: readonly NetworkLayer[]): NetworkCost {
  let [macs, weights, biases, scales] = [0, 0, 0, 0];
  for (const layer of layers) {
    const { op, outputChannels } = layer;
    // One scale for all outputs, but for those of convolutions.
    scales += op.endsWith("CONV_2D") ? outputChannels : 1;
    macs += layerMacs(layer);
    if (op === "ADD" || op === "MEAN") continue;
    biases += outputChannels;
    weights += outputChannels * taps(layer);
  }
  const codeBytes = codeEstimate(
    layers.map(({ op, kernel, stride }) => ({ op, taps: [kernel, kernel], stride })),
  );
  return {
    macs,
    params: weights + biases,
    flashBytes: weights + BIAS_BYTES * biases + SCALE_BYTES * scales + codeBytes,
  };
}

/** Multiply-accumulates of one layer, as `operatorMacs` counts them. */
export function layerMacs(layer: NetworkLayer): number {
  return outputBytes(layer) * taps(layer);
}

/** Weights of one output. */
function taps({ op, kernel, inputChannels }: NetworkLayer): number {
  if (op === "ADD" || op === "MEAN") return 0;
  return kernel * kernel * (op === "DEPTHWISE_CONV_2D" ? 1 : inputChannels);
}
