import type { LeakyReluAttributes } from "../../model/operators/leaky_relu.ts";
import { type QuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import { axisFromFront, constantList, scaleOf } from "./expect.ts";

/** From the input's scale to the output's, worked out in float32. */
export function rescaleFactor(input: Tensor, output: Tensor): QuantizedMultiplier {
  return quantizeMultiplier(Math.fround(scaleOf(input) / scaleOf(output)));
}

/**
 * A factor of which TFLite's kernels take for granted that it is above 0 and below 1.
 *
 * @throws {EngineError} if it is not.
 */
export function factorBelowOne(real: number, what = "scales with a ratio"): QuantizedMultiplier {
  const factor = real < 1 ? quantizeMultiplier(real) : null;
  if (real > 0 && factor !== null && factor.shift <= 0) return factor;
  throw new EngineError(`${what} of ${real}, needed above 0 and below 1`);
}

/** The factor of negative numbers, and its sign. */
export function slopeOf(
  { input, output }: { readonly input: Tensor; readonly output: Tensor },
  { alpha }: LeakyReluAttributes,
): { readonly slopeFactor: QuantizedMultiplier; readonly sign: number } {
  const scaled = Math.fround(scaleOf(input) * Math.fround(alpha));
  const slope = Math.fround(scaled / scaleOf(output));
  return { slopeFactor: quantizeMultiplier(Math.abs(slope)), sign: Math.sign(slope) };
}

/** The axes over which the mean goes. */
export function reducedAxes({ shape }: Tensor, axes: Tensor): ReadonlySet<number> {
  return new Set(constantList("axes", axes).map((axis) => axisFromFront(axis, shape.length)));
}

/** From a sum of `count` elements to their mean in the output's scale. */
export function meanFactor(
  { input, output }: { readonly input: Tensor; readonly output: Tensor },
  count: number,
): QuantizedMultiplier {
  return divideFactor(quantizeMultiplier(scaleOf(input) / scaleOf(output)), count);
}

/** A factor divided by a count, cut to an integer after as large a left shift as fits. */
export function divideFactor(factor: QuantizedMultiplier, count: number): QuantizedMultiplier {
  const shift = Math.min(Math.floor(Math.log2(count)), 32, 31 + factor.shift);
  const multiplier = Number((BigInt(factor.multiplier) << BigInt(shift)) / BigInt(count));
  return { multiplier, shift: factor.shift - shift };
}

/** The tensors of an SVDF whose scales matter. */
export type SvdfTensors = Readonly<
  Record<"input" | "feature" | "time" | "state" | "output", Tensor>
>;

/** Factors from sums over the input to the state, and from sums over the state to the output. */
export function svdfFactors({ input, feature, time, state, output }: SvdfTensors): {
  readonly stateFactor: QuantizedMultiplier;
  readonly factor: QuantizedMultiplier;
} {
  const f = Math.fround;
  return {
    stateFactor: quantizeMultiplier(f(f(scaleOf(input) * scaleOf(feature)) / scaleOf(state))),
    factor: quantizeMultiplier(f(f(scaleOf(state) * scaleOf(time)) / scaleOf(output))),
  };
}
