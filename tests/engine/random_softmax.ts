// Random SOFTMAX of all types.
import * as fc from "fast-check";
import type { Dtype } from "../../mod.ts";
import { Numbers, type RandomLayer } from "./random_layer.ts";
import { randomValues, scales, zeroPoints } from "./random_tensor.ts";
import { single, tensor } from "./single_operator.ts";

/** Types of input and output, and the quantization of the output. */
export const softmaxTypes = [
  { from: "float32", to: "float32", result: null },
  { from: "int8", to: "int8", result: [2 ** -8, -128] },
  { from: "int8", to: "int16", result: [2 ** -16, -32768] },
  { from: "uint8", to: "uint8", result: [2 ** -8, 0] },
  { from: "int16", to: "int16", result: [2 ** -15, 0] },
] as const;

/** Random SOFTMAX. */
export function softmaxLayers(
  { from, to, result }: {
    readonly from: Dtype;
    readonly to: Dtype;
    readonly result: readonly [number, number] | null;
  },
): fc.Arbitrary<RandomLayer> {
  return fc.record({
    rows: fc.integer({ min: 1, max: 4 }),
    depth: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(100, 300)),
    scale: scales(from === "int16" ? -10 : -5),
    zeroPoint: from === "int16" ? fc.constant(0) : zeroPoints(from),
    beta: fc.constantFrom(1, 1, 0.5, 3),
    seed: fc.integer(),
  }).map(({ rows, depth, scale, zeroPoint, beta, seed }) => {
    const quantization = from === "float32" ? null : [scale, zeroPoint] as const;
    const input = tensor(from, [rows, depth], quantization);
    const model = single("SOFTMAX", { beta }, {
      inputs: [input],
      outputs: [tensor(to, [rows, depth], result)],
    });
    return { model, inputs: [randomValues(input, new Numbers(seed))] };
  });
}
