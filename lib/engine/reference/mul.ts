import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { broadcastIndices } from "./broadcast.ts";
import { clamp, outputRange } from "./clamp.ts";
import { ACTIVATIONS, expectSameType, expectZeroPoint, scaleOf, zeroPointOf } from "./expect.ts";
import type { Prepare } from "./prepare.ts";

/** `a * b`, with broadcasting; quantized: `(a - za) (b - zb) sa sb / sy + zy`. */
export const mul: Prepare<"MUL"> = ({ attributes, inputs: [a, b], outputs: [output] }) => {
  const dtype = expectSameType([a, b, output], ACTIVATIONS);
  const range = outputRange(attributes.activation, output);
  const fromA = broadcastIndices(a.shape, output.shape);
  const fromB = broadcastIndices(b.shape, output.shape);
  if (dtype === "float32") {
    return ([x, z], [y]) => {
      for (let i = 0; i < y.length; i++) {
        y[i] = clamp(Math.fround(x[fromA[i]] * z[fromB[i]]), range);
      }
    };
  }
  if (dtype === "int16") {
    for (const tensor of [a, b, output]) expectZeroPoint(`tensor "${tensor.name}"`, tensor, 0);
  }
  const factor = productFactor([a, b, output]);
  const [zeroA, zeroB, zero] = [a, b, output].map(zeroPointOf);
  return ([x, z], [y]) => {
    for (let i = 0; i < y.length; i++) {
      const product = (x[fromA[i]] - zeroA) * (z[fromB[i]] - zeroB);
      y[i] = clamp(zero + multiplyByQuantizedMultiplier(product, factor), range);
    }
  };
};

/** From the product of two quantized operands to the output: `sa sb / sy`. */
export function productFactor([a, b, output]: readonly Tensor[]): QuantizedMultiplier {
  return quantizeMultiplier(scaleOf(a) * scaleOf(b) / scaleOf(output));
}
