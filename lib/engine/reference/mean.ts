import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { clamp } from "./clamp.ts";
import {
  ACTIVATIONS,
  constantList,
  expectSameType,
  fromFront,
  rangeOf,
  scaleOf,
  zeroPointOf,
} from "./expect.ts";
import { mapIndices, position, strides } from "./indices.ts";
import type { Prepare } from "./prepare.ts";

/** Mean over axes; quantized: `(sum - n zx) sx / (n sy) + zy`, in one multiplication. */
export const mean: Prepare<"MEAN"> = ({ inputs: [input, axes], outputs: [output] }) => {
  const dtype = expectSameType([input, output], ACTIVATIONS);
  const reduced = reducedAxes(input, axes);
  const kept = input.shape.map((extent, axis) => reduced.has(axis) ? 1 : extent);
  const steps = strides(kept).map((step, axis) => reduced.has(axis) ? 0 : step);
  const into = mapIndices(input.shape, (index) => position(index, steps));
  const count = elements(input.shape) / elements(kept);
  if (dtype === "float32") {
    return ([x], [y]) => {
      for (let i = 0; i < into.length; i++) y[into[i]] += x[i];
      for (let i = 0; i < y.length; i++) y[i] /= count;
    };
  }
  const factor = meanFactor({ input, output }, count);
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  const range = rangeOf(dtype);
  return ([x], [y]) => {
    const sums = new Float64Array(y.length);
    for (let i = 0; i < into.length; i++) sums[into[i]] += x[i];
    for (let i = 0; i < y.length; i++) {
      const sum = (sums[i] - zeroIn * count) | 0;
      y[i] = clamp(zeroOut + multiplyByQuantizedMultiplier(sum, factor), range);
    }
  };
};

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
