import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { clamp } from "./clamp.ts";
import { elementwise } from "./elementwise.ts";
import {
  ACTIVATIONS,
  expectSameType,
  expectZeroPoint,
  rangeOf,
  scaleOf,
  zeroPointOf,
} from "./expect.ts";
import type { Prepare } from "./prepare.ts";

/** `max(0, x)`, requantized. */
export const relu: Prepare<"RELU"> = ({ inputs: [input], outputs: [output] }) => {
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype === "float32") return elementwise((x) => x < 0 ? 0 : x);
  if (dtype === "int16") {
    expectZeroPoint("input", input, 0);
    expectZeroPoint("output", output, 0);
  }
  const factor = rescaleFactor(input, output);
  const [zeroIn, zeroOut] = [zeroPointOf(input), zeroPointOf(output)];
  const range = { min: zeroOut, max: rangeOf(dtype).max };
  return elementwise((x) =>
    clamp(zeroOut + multiplyByQuantizedMultiplier(x - zeroIn, factor), range)
  );
};

/** From the input's scale to the output's, worked out in float32. */
export function rescaleFactor(input: Tensor, output: Tensor): QuantizedMultiplier {
  return quantizeMultiplier(Math.fround(scaleOf(input) / scaleOf(output)));
}
