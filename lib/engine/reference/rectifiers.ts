import type { LeakyReluAttributes } from "../../model/attributes.ts";
import { type QuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { scaleOf } from "./expect.ts";

/** From the input's scale to the output's, worked out in float32. */
export function rescaleFactor(input: Tensor, output: Tensor): QuantizedMultiplier {
  return quantizeMultiplier(Math.fround(scaleOf(input) / scaleOf(output)));
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
