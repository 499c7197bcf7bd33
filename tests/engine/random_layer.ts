// Random single-operator models for property tests.
import * as fc from "fast-check";
import type { ConstantArray, Model } from "../../mod.ts";
import { constant, single, tensor } from "./single_operator.ts";

/** A model of one layer and something to run it on. */
export interface RandomLayer {
  readonly model: Model;
  readonly inputs: readonly ConstantArray[];
}

/** Numbers from a seed: layers hold too many to draw each by itself. */
export class Numbers {
  constructor(private state: number) {}
  below(limit: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return (this.state >>> 8) % limit;
  }
  int8(count: number, low = -128): Int8Array {
    return Int8Array.from({ length: count }, () => low + this.below(128 - low));
  }
  /** From -8 to 8, some of them 0. */
  float32(count: number): Float32Array {
    const number = () => this.below(16) === 0 ? 0 : this.below(1 << 24) / 2 ** 20 - 8;
    return Float32Array.from({ length: count }, number);
  }
}

const zeroPoints = fc.oneof(fc.constantFrom(-128, 127, 0), fc.integer({ min: -128, max: 127 }));

/** CONV_2D of int8 with everything that its options allow. */
export const convLayers: fc.Arbitrary<RandomLayer> = fc.record({
  batches: fc.constantFrom(1, 1, 1, 2),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 12 }),
  channels: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(8, 16, 32)),
  filters: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(16, 32)),
  filterH: fc.constantFrom(1, 1, 2, 3, 5),
  filterW: fc.constantFrom(1, 1, 2, 3, 4, 7),
  strideH: fc.integer({ min: 1, max: 3 }),
  strideW: fc.integer({ min: 1, max: 3 }),
  dilationH: fc.constantFrom(1, 1, 2),
  dilationW: fc.constantFrom(1, 1, 2, 3),
  padding: fc.constantFrom("SAME" as const, "VALID" as const),
  activation: fc.constantFrom("NONE" as const, "RELU" as const, "RELU6" as const),
  inputZero: zeroPoints,
  outputZero: zeroPoints,
  spread: fc.integer({ min: 1, max: 12 }),
  outputScale: fc.constantFrom(0.001, 0.05, 0.4, 3, 40),
  hasBias: fc.boolean(),
  seed: fc.integer(),
}).filter((c) =>
  c.padding === "SAME" ||
  (c.height > (c.filterH - 1) * c.dilationH && c.width > (c.filterW - 1) * c.dilationW)
).map((c) => {
  const random = new Numbers(c.seed);
  const { batches, height, width, channels, filters, filterH, filterW } = c;
  const shape = [filters, filterH, filterW, channels];
  const weights = random.int8(filters * filterH * filterW * channels, -127);
  const scales = Array.from({ length: filters }, () => (
    Math.fround(0.01 * (1 + random.below(100)) / 2 ** random.below(c.spread))
  ));
  const bias = Int32Array.from({ length: filters }, () => random.below(20000) - 10000);
  const extent = (from: number, filter: number, stride: number, dilation: number) =>
    c.padding === "SAME"
      ? Math.ceil(from / stride)
      : Math.ceil((from - (filter - 1) * dilation) / stride);
  const model = single("CONV_2D", {
    activation: c.activation,
    padding: c.padding,
    strideH: c.strideH,
    strideW: c.strideW,
    dilationH: c.dilationH,
    dilationW: c.dilationW,
    quantizedBiasType: "int32",
  }, {
    inputs: [
      tensor("int8", [batches, height, width, channels], [0.02, c.inputZero]),
      constant("int8", weights, {
        shape,
        quantization: { scales, zeroPoints: scales.map(() => 0), axis: 0 },
      }),
      ...c.hasBias ? [constant("int32", bias)] : [],
    ],
    outputs: [
      tensor("int8", [
        batches,
        extent(height, filterH, c.strideH, c.dilationH),
        extent(width, filterW, c.strideW, c.dilationW),
        filters,
      ], [c.outputScale, c.outputZero]),
    ],
  });
  return { model, inputs: [random.int8(batches * height * width * channels)] };
});

/** DEPTHWISE_CONV_2D of int8 with everything that its options allow. */
export const depthwiseLayers: fc.Arbitrary<RandomLayer> = fc.record({
  batches: fc.constantFrom(1, 1, 1, 2),
  height: fc.integer({ min: 1, max: 12 }),
  width: fc.integer({ min: 1, max: 14 }),
  channels: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(8, 16, 32)),
  multiplier: fc.oneof(fc.constant(1), fc.constant(1), fc.integer({ min: 1, max: 18 })),
  filterH: fc.constantFrom(1, 2, 3, 3, 5, 7),
  filterW: fc.constantFrom(1, 2, 3, 3, 4, 5, 7),
  strideH: fc.constantFrom(1, 1, 2, 3),
  strideW: fc.constantFrom(1, 1, 2, 3),
  dilationH: fc.constantFrom(1, 1, 2),
  dilationW: fc.constantFrom(1, 1, 2, 3),
  padding: fc.constantFrom("SAME" as const, "SAME" as const, "VALID" as const),
  activation: fc.constantFrom("NONE" as const, "RELU" as const, "RELU6" as const),
  inputZero: zeroPoints,
  outputZero: zeroPoints,
  spread: fc.integer({ min: 1, max: 12 }),
  outputScale: fc.constantFrom(0.001, 0.05, 0.4, 3, 40),
  hasBias: fc.boolean(),
  seed: fc.integer(),
}).filter((c) =>
  c.padding === "SAME" ||
  (c.height > (c.filterH - 1) * c.dilationH && c.width > (c.filterW - 1) * c.dilationW)
).map((c) => {
  const random = new Numbers(c.seed);
  const { batches, height, width, channels, filterH, filterW } = c;
  const filters = channels * c.multiplier;
  const weights = random.int8(filterH * filterW * filters, -127);
  const scales = Array.from({ length: filters }, () => (
    Math.fround(0.01 * (1 + random.below(100)) / 2 ** random.below(c.spread))
  ));
  const bias = Int32Array.from({ length: filters }, () => random.below(20000) - 10000);
  const quantization = { scales, zeroPoints: scales.map(() => 0), axis: filters === 1 ? 0 : 3 };
  const model = single("DEPTHWISE_CONV_2D", {
    activation: c.activation,
    padding: c.padding,
    strideH: c.strideH,
    strideW: c.strideW,
    dilationH: c.dilationH,
    dilationW: c.dilationW,
    depthMultiplier: c.multiplier,
  }, {
    inputs: [
      tensor("int8", [batches, height, width, channels], [0.02, c.inputZero]),
      constant("int8", weights, { shape: [1, filterH, filterW, filters], quantization }),
      ...c.hasBias ? [constant("int32", bias)] : [],
    ],
    outputs: [
      tensor("int8", [
        batches,
        outputExtent(height, c.filterH, c.strideH, c.dilationH, c.padding),
        outputExtent(width, c.filterW, c.strideW, c.dilationW, c.padding),
        filters,
      ], [c.outputScale, c.outputZero]),
    ],
  });
  return { model, inputs: [random.int8(batches * height * width * channels)] };
});

/** AVERAGE_POOL_2D and MAX_POOL_2D of int8 with everything that their options allow. */
export const poolLayers: fc.Arbitrary<RandomLayer> = fc.record({
  op: fc.constantFrom("AVERAGE_POOL_2D" as const, "MAX_POOL_2D" as const),
  batches: fc.constantFrom(1, 1, 1, 2),
  height: fc.integer({ min: 1, max: 20 }),
  width: fc.integer({ min: 1, max: 20 }),
  channels: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(8, 16, 32)),
  filterH: fc.constantFrom(1, 2, 2, 3, 5, 18),
  filterW: fc.constantFrom(1, 2, 2, 3, 4, 7, 18),
  strideH: fc.integer({ min: 1, max: 3 }),
  strideW: fc.integer({ min: 1, max: 3 }),
  padding: fc.constantFrom("SAME" as const, "VALID" as const),
  activation: fc.constantFrom("NONE" as const, "RELU" as const, "RELU6" as const),
  zero: zeroPoints,
  low: fc.constantFrom(-128, -128, 100),
  seed: fc.integer(),
}).filter((c) => c.padding === "SAME" || (c.height >= c.filterH && c.width >= c.filterW)).map(
  (c) => {
    const { op, batches, height, width, channels, filterH, filterW, strideH, strideW } = c;
    const { padding, activation } = c;
    const shape = [
      batches,
      outputExtent(height, filterH, strideH, 1, padding),
      outputExtent(width, filterW, strideW, 1, padding),
      channels,
    ];
    const attributes = { activation, padding, strideH, strideW, filterH, filterW };
    const model = single(op, attributes, {
      inputs: [tensor("int8", [batches, height, width, channels], [0.03, c.zero])],
      outputs: [tensor("int8", shape, [0.03, c.zero])],
    });
    const random = new Numbers(c.seed);
    return { model, inputs: [random.int8(batches * height * width * channels, c.low)] };
  },
);

function outputExtent(
  from: number,
  filter: number,
  stride: number,
  dilation: number,
  padding: "SAME" | "VALID",
): number {
  return Math.ceil((padding === "SAME" ? from : from - (filter - 1) * dilation) / stride);
}
