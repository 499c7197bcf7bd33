import { type QuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { constantList, fromFront, scaleOf } from "./expect.ts";

/** The axes over which the mean goes. */
export function reducedAxes({ shape }: Tensor, axes: Tensor): ReadonlySet<number> {
  return new Set(constantList("axes", axes).map((axis) => fromFront(axis, shape.length)));
}

/** From a sum of `count` elements to their mean in the output's scale. */
export function meanFactor(
  { input, output }: { readonly input: Tensor; readonly output: Tensor },
  count: number,
): QuantizedMultiplier {
  return divideFactor(quantizeMultiplier(scaleOf(input) / scaleOf(output)), count);
}

/** The factor divided by a count, cut to an integer after as large a left shift as fits. */
function divideFactor(factor: QuantizedMultiplier, count: number): QuantizedMultiplier {
  const shift = Math.min(Math.floor(Math.log2(count)), 32, 31 + factor.shift);
  const multiplier = Number((BigInt(factor.multiplier) << BigInt(shift)) / BigInt(count));
  return { multiplier, shift: factor.shift - shift };
}
