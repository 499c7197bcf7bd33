import type { RandomGenerator } from "../../npm/pure_rand.ts";
import { bell } from "./bell.ts";

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
export function randomWeights(random: RandomGenerator, shape: WeightsShape): RandomWeights {
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
