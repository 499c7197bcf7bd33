import { multiplyByQuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import { clamp } from "./clamp.ts";
import { elementwise } from "./elementwise.ts";
import { ACTIVATIONS, expectSameType, rangeOf, scaleOf, zeroPointOf } from "./expect.ts";
import type { Prepare } from "./prepare.ts";

/** `x` for x >= 0, else `alpha * x`; requantized with a factor for either side. */
export const leakyRelu: Prepare<"LEAKY_RELU"> = (operation) => {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  const alpha = Math.fround(attributes.alpha);
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype === "float32") return elementwise((x) => x > 0 ? x : x * alpha);
  const factor = quantizeMultiplier(Math.fround(scaleOf(input) / scaleOf(output)));
  const slope = Math.fround(Math.fround(scaleOf(input) * alpha) / scaleOf(output));
  const slopeFactor = quantizeMultiplier(Math.abs(slope));
  const sign = Math.sign(slope);
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
