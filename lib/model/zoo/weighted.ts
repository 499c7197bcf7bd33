import type { RandomGenerator } from "../../npm/pure_rand.ts";
import {
  type ActivationSpread,
  activationSpread,
  type FusedActivation,
} from "./activation_spread.ts";
import { bell } from "./bell.ts";
import type { GraphBuilder, GraphValue } from "./graph_builder.ts";

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

/** How the weights of a layer lie in memory, and how large they are to be. */
export interface WeightsShape {
  /** Outputs, each with a scale of its own. */
  readonly channels: number;
  /** Weights of one output. */
  readonly taps: number;
  /** Filters one after the other (OHWI), or the channels of one tap side by side (1HWC). */
  readonly layout: "filters" | "channels";
  /** A scale for every channel, or one for all: of fully connected layers older runtimes expect it. */
  readonly scalePer: "channel" | "tensor";
  /** Standard deviation of the real weights. */
  readonly deviation: number;
}

/** Quantized weights: `real = scale * value`, zero point 0. */
export interface RandomWeights {
  /** Within -127 to 127; the largest under each scale is at one of the ends. */
  readonly values: Int8Array<ArrayBuffer>;
  /** float32 values: one for each channel, or one. */
  readonly scales: readonly number[];
}

const LARGEST = 127;

/** With fewer taps, a filter without its mean has hardly anything left. */
const FEWEST_CENTRED = 4;

/**
 * Draws bell-shaped weights and quantizes them symmetrically, as a converter does. The weights of a
 * filter sum to about zero: what all inputs have in common (the mean of a ReLU's outputs) then
 * cancels, as batch normalization makes it do, and deep layers still tell inputs apart. With scales
 * per channel the gains of the channels differ by up to a factor of 3, which is what they are for.
 */
function randomWeights(random: RandomGenerator, shape: WeightsShape): RandomWeights {
  const { channels, taps, layout, scalePer, deviation } = shape;
  const real = drawBell(random, channels * taps);
  const values = new Int8Array(channels * taps);
  const step = layout === "filters" ? 1 : channels;
  const largest = Float64Array.from({ length: channels }, (_, channel) => {
    const from = layout === "filters" ? channel * taps : channel;
    return centre(real, { from, until: from + taps * step, step, taps });
  });
  if (scalePer === "tensor") largest.fill(Math.max(...largest));
  for (let channel = 0; channel < channels; channel++) {
    const from = layout === "filters" ? channel * taps : channel;
    const until = from + taps * step;
    const factor = LARGEST / largest[channel];
    for (let i = from; i < until; i += step) values[i] = Math.round(real[i] * factor);
  }
  if (scalePer === "tensor") {
    return { values, scales: [Math.fround(deviation * largest[0] / LARGEST)] };
  }
  const gain = () => 0.5 + (random.next() >>> 8) / 2 ** 24;
  return {
    values,
    scales: Array.from(largest, (most) => Math.fround(deviation * gain() * most / LARGEST)),
  };
}

/** Takes the mean out of one filter, in place; returns the largest magnitude left. */
function centre(
  real: Float32Array,
  filter: { from: number; until: number; step: number; taps: number },
): number {
  const { from, until, step, taps } = filter;
  let sum = 0;
  for (let i = from; i < until; i += step) sum += real[i];
  const mean = taps < FEWEST_CENTRED ? 0 : sum / taps;
  let largest = 0;
  for (let i = from; i < until; i += step) {
    real[i] -= mean;
    largest = Math.max(largest, Math.abs(real[i]));
  }
  // All taps alike, which leaves nothing: any scale will do.
  return largest === 0 ? 1 : largest;
}

/** Four draws from one random number. */
function drawBell(random: RandomGenerator, length: number): Float32Array {
  const drawn = new Float32Array(length);
  for (let i = 0; i < length; i += 4) {
    const bits = random.next();
    drawn[i] = bell[bits & 255];
    drawn[i + 1] = bell[bits >>> 8 & 255];
    drawn[i + 2] = bell[bits >>> 16 & 255];
    drawn[i + 3] = bell[bits >>> 24];
  }
  return drawn;
}
