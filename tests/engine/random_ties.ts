// Random small layers whose results often lie halfway between integers, where roundings differ.
import * as fc from "fast-check";
import { Numbers, type RandomLayer } from "./random_layer.ts";
import { constant, single, tensor } from "./single_operator.ts";

const layers = fc.record({
  op: fc.constantFrom(
    "CONV_2D" as const,
    "CONV_2D" as const,
    "DEPTHWISE_CONV_2D" as const,
    "DEPTHWISE_CONV_2D" as const,
    "FULLY_CONNECTED" as const,
  ),
  height: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 6 }),
  channels: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(4, 8, 16)),
  filters: fc.integer({ min: 1, max: 9 }),
  filter: fc.constantFrom(1, 2, 3, 3),
  /** Factors are of `2^-halvings` to `2^-(halvings + spread)`, times one of `mantissas`. */
  halvings: fc.oneof(
    fc.constantFrom(0, 1, 1, 2),
    fc.integer({ min: -3, max: 9 }),
    fc.integer({ min: -3, max: 26 }),
  ),
  spread: fc.constantFrom(0, 0, 1, 4),
  /** 1 gives the least multiplier, 2^30; `1 - 2^-24` the largest of float32; 2^-40 mostly 0. */
  mantissas: fc.constantFrom(
    [1],
    [1],
    [1, 1.5],
    [1, 1.25, 1.1],
    [1 - 2 ** -24],
    [1, 1 - 2 ** -24],
    [1, 2 ** -40],
  ),
  weightsBelow: fc.constantFrom(1, 3, 127),
  inputsBelow: fc.constantFrom(2, 8, 255),
  inputZero: fc.constantFrom(-128, -1, 0, 3, 127),
  outputZero: fc.constantFrom(-128, -1, 0, 3, 127),
  activation: fc.constantFrom("NONE" as const, "NONE" as const, "RELU" as const, "RELU6" as const),
  hasBias: fc.constantFrom(true, true, false),
  seed: fc.integer(),
});

/**
 * CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of int8 with factors of powers of two and others near
 * them; each bias lies next to a sum whose result is half an integer, products are few steps.
 */
export const tiedLayers: fc.Arbitrary<RandomLayer> = layers.map((c) => {
  const random = new Numbers(c.seed);
  const isMatrix = c.op === "FULLY_CONNECTED";
  const isDepthwise = c.op === "DEPTHWISE_CONV_2D";
  const filters = isDepthwise ? c.channels : c.filters;
  const taps = isMatrix ? 1 : c.filter ** 2;
  const shape = isMatrix
    ? [filters, c.channels]
    : isDepthwise
    ? [1, c.filter, c.filter, filters]
    : [filters, c.filter, c.filter, c.channels];
  const factors = Array.from({ length: filters }, () => (
    c.mantissas[random.below(c.mantissas.length)] * 2 ** -(c.halvings + random.below(c.spread + 1))
  ));
  const weights = Int8Array.from(
    { length: taps * c.channels * (isDepthwise ? 1 : filters) },
    () => random.below(2 * c.weightsBelow + 1) - c.weightsBelow,
  );
  const bias = Int32Array.from(factors, (factor) => {
    const sum = Math.round((random.below(300) - 149.5) / factor) + random.below(3) - 1;
    return Math.max(-(2 ** 30), Math.min(2 ** 30, sum));
  });
  const axis = isDepthwise && filters > 1 ? 3 : 0;
  const pixels = isMatrix ? [c.height] : [1, c.height, c.width];
  const tensors = {
    inputs: [
      tensor("int8", [...pixels, c.channels], [1, c.inputZero]),
      constant("int8", weights, {
        shape,
        quantization: { scales: factors, zeroPoints: factors.map(() => 0), axis },
      }),
      ...c.hasBias ? [constant("int32", bias)] : [],
    ],
    outputs: [tensor("int8", [...pixels, filters], [1, c.outputZero])],
  };
  const inputs = Int8Array.from(
    { length: pixels.reduce((all, extent) => all * extent, c.channels) },
    () =>
      Math.max(-128, Math.min(127, c.inputZero + random.below(2 * c.inputsBelow) - c.inputsBelow)),
  );
  const window = {
    activation: c.activation,
    padding: "SAME",
    strideH: 1,
    strideW: 1,
    dilationH: 1,
    dilationW: 1,
  } as const;
  const model = isMatrix
    ? single(c.op, {
      activation: c.activation,
      weightsFormat: "DEFAULT",
      keepNumDims: false,
      asymmetricQuantizeInputs: false,
      quantizedBiasType: "int32",
    }, tensors)
    : isDepthwise
    ? single(c.op, { ...window, depthMultiplier: 1 }, tensors)
    : single(c.op, { ...window, quantizedBiasType: "int32" }, tensors);
  return { model, inputs: [inputs] };
});
