import type { FusedActivation } from "./activation_spread.ts";
import { type ActivationSpread, activationSpread } from "./activation_spread.ts";
import { bell } from "./bell.ts";
import type { GraphBuilder, GraphValue } from "./graph_builder.ts";
import { randomWeights } from "./random_weights.ts";

/** A layer with weights and a bias. */
export interface WeightedLayer {
  /** Its name; the tensors' names begin with it. */
  readonly name: string;
  /** What it reads. */
  readonly input: GraphValue;
  /** Shape of the weights, in the operator's order. */
  readonly weightsShape: readonly number[];
  /** The dimension of `weightsShape` that counts the outputs. */
  readonly axis: number;
  /** A scale for every channel, or one for all. */
  readonly scalePer: "channel" | "tensor";
  /** Behind the sum. */
  readonly activation: FusedActivation;
  /** Standard deviation of the results before the activation; 1, before RELU6 2, if left out. */
  readonly deviation?: number;
}

// Standard deviations that spread a result over the range of its activation.
const DEVIATION = { NONE: 1, RELU: 1, RELU6: 2 } as const;

/** Deviation of the biases, in deviations of the weighted sums. */
const BIAS = 0.25;

/** Mean of the square of a gain drawn evenly from 1/2 to 3/2, as `randomWeights` does. */
const SQUARED_GAIN = 13 / 12;

/**
 * Adds the weights and the bias of a layer such that its results spread well over int8: for inputs
 * of variance v, weights of variance `d² / (taps v)` give sums of deviation d.
 */
export function addWeights(
  graph: GraphBuilder,
  layer: WeightedLayer,
): { readonly inputs: readonly number[]; readonly spread: ActivationSpread } {
  const {
    name,
    input,
    weightsShape,
    axis,
    scalePer,
    activation,
    deviation = DEVIATION[activation],
  } = layer;
  const { random } = graph;
  const channels = weightsShape[axis];
  const taps = weightsShape.reduce((product, extent) => product * extent, 1) / channels;
  const squaredGain = scalePer === "channel" ? SQUARED_GAIN : 1;
  const { values, scales } = randomWeights(random, {
    channels,
    taps,
    layout: axis === 0 ? "filters" : "channels",
    scalePer,
    deviation: deviation / Math.sqrt(taps * input.variance * squaredGain),
  });
  const biasScales = scales.map((scale) => Math.fround(scale * input.scale));
  const bias = Int32Array.from({ length: channels }, (_, channel) => {
    const scale = biasScales[scalePer === "channel" ? channel : 0];
    return Math.round(BIAS * deviation * bell[random.next() & 255] / scale);
  });
  const reach = () => 3 + 2 * (random.next() >>> 8) / 2 ** 24;
  return {
    inputs: [
      input.tensor,
      graph.constant(`${name}/weights`, values, { shape: weightsShape, scales, axis }),
      graph.constant(`${name}/bias`, bias, { shape: [channels], scales: biasScales, axis: 0 }),
    ],
    spread: activationSpread(activation, {
      deviation: deviation * Math.hypot(1, BIAS),
      reach: [reach(), reach()],
    }),
  };
}
