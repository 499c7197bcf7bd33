// Random single-operator models of float32 for property tests.
import * as fc from "fast-check";
import type { Model, ModelTensor } from "../../mod.ts";
import { Numbers, type RandomLayer } from "./random_layer.ts";
import { constant, single, tensor } from "./single_operator.ts";

const activations = fc.constantFrom(
  "NONE" as const,
  "RELU" as const,
  "RELU6" as const,
  "RELU_N1_TO_1" as const,
);

/** An image and a window that fits it. */
const windows = fc.record({
  batches: fc.constantFrom(1, 1, 1, 2),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(16, 25)),
  channels: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(1, 4, 8, 16, 32)),
  filterH: fc.constantFrom(1, 1, 2, 3, 5),
  filterW: fc.constantFrom(1, 1, 2, 3, 4, 7),
  strideH: fc.integer({ min: 1, max: 3 }),
  strideW: fc.integer({ min: 1, max: 3 }),
  dilationH: fc.constantFrom(1, 1, 2),
  dilationW: fc.constantFrom(1, 1, 2, 3),
  padding: fc.constantFrom("SAME" as const, "VALID" as const),
  activation: activations,
  hasBias: fc.boolean(),
  seed: fc.integer(),
}).filter((c) =>
  c.padding === "SAME" ||
  (c.height > (c.filterH - 1) * c.dilationH && c.width > (c.filterW - 1) * c.dilationW)
);

type Window = typeof windows extends fc.Arbitrary<infer Each> ? Each : never;

/** CONV_2D of float32. */
export const floatConvLayers: fc.Arbitrary<RandomLayer> = fc.tuple(
  windows,
  fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(16, 32)),
).map(([window, filters]) => {
  const { channels, filterH, filterW, activation, padding, hasBias } = window;
  const { strideH, strideW, dilationH, dilationW } = window;
  const random = new Numbers(window.seed);
  const model = single("CONV_2D", {
    ...{ activation, padding, strideH, strideW, dilationH, dilationW },
    quantizedBiasType: "float32",
  }, {
    inputs: [
      imageOf(window),
      weights(random, [filters, filterH, filterW, channels]),
      ...hasBias ? [weights(random, [filters])] : [],
    ],
    outputs: [outputOf(window, filters)],
  });
  return { model, inputs: [inputOf(window, random)] };
});

/** DEPTHWISE_CONV_2D of float32. */
export const floatDepthwiseLayers: fc.Arbitrary<RandomLayer> = fc.tuple(
  windows,
  fc.constantFrom(1, 1, 1, 2, 3, 4, 5, 8, 12),
).map(([window, depthMultiplier]) => {
  const { channels, filterH, filterW, activation, padding, hasBias } = window;
  const { strideH, strideW, dilationH, dilationW } = window;
  const random = new Numbers(window.seed);
  const filters = channels * depthMultiplier;
  const model = single("DEPTHWISE_CONV_2D", {
    ...{ activation, padding, strideH, strideW, dilationH, dilationW, depthMultiplier },
  }, {
    inputs: [
      imageOf(window),
      weights(random, [1, filterH, filterW, filters]),
      ...hasBias ? [weights(random, [filters])] : [],
    ],
    outputs: [outputOf(window, filters)],
  });
  return { model, inputs: [inputOf(window, random)] };
});

/** AVERAGE_POOL_2D or MAX_POOL_2D of float32. */
export const floatPoolLayers: fc.Arbitrary<RandomLayer> = fc.tuple(
  windows,
  fc.constantFrom("AVERAGE_POOL_2D" as const, "MAX_POOL_2D" as const),
).filter(([{ dilationH, dilationW }]) => dilationH * dilationW === 1).map(([window, op]) => {
  const { filterH, filterW, activation, padding, strideH, strideW } = window;
  const model = single(op, { activation, padding, strideH, strideW, filterH, filterW }, {
    inputs: [imageOf(window)],
    outputs: [outputOf(window, window.channels)],
  });
  return { model, inputs: [inputOf(window, new Numbers(window.seed))] };
});

/** FULLY_CONNECTED of float32. */
export const floatDenseLayers: fc.Arbitrary<RandomLayer> = fc.record({
  rows: fc.constantFrom(1, 1, 2, 3, 4, 7, 9),
  depth: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(64, 128)),
  units: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(8, 32, 128)),
  activation: activations,
  hasBias: fc.boolean(),
  seed: fc.integer(),
}).map(({ rows, depth, units, activation, hasBias, seed }) => {
  const random = new Numbers(seed);
  const model: Model = single("FULLY_CONNECTED", {
    activation,
    weightsFormat: "DEFAULT",
    keepNumDims: false,
    asymmetricQuantizeInputs: false,
    quantizedBiasType: "float32",
  }, {
    inputs: [
      tensor("float32", [rows, depth]),
      weights(random, [units, depth]),
      ...hasBias ? [weights(random, [units])] : [],
    ],
    outputs: [tensor("float32", [rows, units])],
  });
  return { model, inputs: [random.float32(rows * depth)] };
});

function imageOf({ batches, height, width, channels }: Window): ModelTensor {
  return tensor("float32", [batches, height, width, channels]);
}

function inputOf({ batches, height, width, channels }: Window, random: Numbers): Float32Array {
  return random.float32(batches * height * width * channels);
}

function weights(random: Numbers, shape: readonly number[]): ModelTensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return constant("float32", random.float32(count), { shape });
}

function outputOf(window: Window, channels: number): ModelTensor {
  const { batches, height, width, padding } = window;
  const extent = (from: number, filter: number, stride: number, dilation: number) =>
    Math.ceil((padding === "SAME" ? from : from - (filter - 1) * dilation) / stride);
  const rows = extent(height, window.filterH, window.strideH, window.dilationH);
  const columns = extent(width, window.filterW, window.strideW, window.dilationW);
  return tensor("float32", [batches, rows, columns, channels]);
}
