import type { LeakyReluAttributes } from "../../model/operators/leaky_relu.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { clamp } from "./clamp.ts";
import { elementwise } from "./elementwise.ts";
import { ACTIVATIONS, expectSameType, rangeOf, scaleOf, zeroPointOf } from "./expect.ts";
import type { Prepare } from "./prepare.ts";
import { rescaleFactor } from "./relu.ts";

/** `x` for x >= 0, else `alpha * x`; requantized with a factor for either side. */
export const leakyRelu: Prepare<"LEAKY_RELU"> = (operation) => {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  const alpha = Math.fround(attributes.alpha);
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype === "float32") return elementwise((x) => x > 0 ? x : x * alpha);
  const factor = rescaleFactor(input, output);
  const { slopeFactor, sign } = slopeOf({ input, output }, attributes);
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  const range = rangeOf(dtype);
  return elementwise((x) => {
    const centred = x - zeroIn;
    const scaled = centred >= 0
      ? multiplyByQuantizedMultiplier(centred, factor)
      : sign * multiplyByQuantizedMultiplier(centred, slopeFactor);
    return clamp(zeroOut + scaled, range);
  });
};

/** The factor of negative numbers, and its sign. */
export function slopeOf(
  { input, output }: { readonly input: Tensor; readonly output: Tensor },
  { alpha }: LeakyReluAttributes,
): { readonly slopeFactor: QuantizedMultiplier; readonly sign: number } {
  const scaled = Math.fround(scaleOf(input) * Math.fround(alpha));
  const slope = Math.fround(scaled / scaleOf(output));
  return { slopeFactor: quantizeMultiplier(Math.abs(slope)), sign: Math.sign(slope) };
}
