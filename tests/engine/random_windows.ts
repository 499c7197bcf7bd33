// Random layers of every type that the reference takes: windows over images, rows of FULLY_CONNECTED.
import * as fc from "fast-check";
import {
  type Activation,
  type ConstantArray,
  type Dtype,
  elements,
  type Model,
  type ModelTensor,
  zeroValues,
} from "../../mod.ts";
import { Numbers, type RandomLayer } from "./random_layer.ts";
import { constant, list, single, tensor } from "./single_operator.ts";

/** Types of an operator with weights. */
export interface WeightTypes {
  readonly input: Dtype;
  readonly weights: Dtype;
  readonly bias: Dtype;
}

export const weightTypes = {
  int8: { input: "int8", weights: "int8", bias: "int32" },
  int4: { input: "int8", weights: "int4", bias: "int32" },
  uint8: { input: "uint8", weights: "uint8", bias: "int32" },
  int16: { input: "int16", weights: "int8", bias: "int64" },
  "int16 with sums of 32 bits": { input: "int16", weights: "int8", bias: "int32" },
  float32: { input: "float32", weights: "float32", bias: "float32" },
} as const satisfies Record<string, WeightTypes>;

const windows = {
  batches: fc.constantFrom(1, 1, 2),
  height: fc.integer({ min: 1, max: 8 }),
  width: fc.integer({ min: 1, max: 9 }),
  filterH: fc.constantFrom(1, 2, 3, 5),
  filterW: fc.constantFrom(1, 2, 3, 4),
  strideH: fc.integer({ min: 1, max: 3 }),
  strideW: fc.integer({ min: 1, max: 3 }),
  dilationH: fc.constantFrom(1, 1, 2),
  dilationW: fc.constantFrom(1, 1, 2, 3),
  padding: fc.constantFrom("SAME" as const, "VALID" as const),
  activation: fc.constantFrom("NONE" as const, "RELU" as const, "RELU6" as const, "RELU_N1_TO_1"),
  /** Rows and columns of a PAD in front: above, below, left, right. */
  around: fc.oneof(
    fc.constant(null),
    fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 3 }))),
  ),
  zeros: fc.tuple(zeroPoint(), zeroPoint(), zeroPoint()),
  outputScale: fc.constantFrom(0.001, 0.05, 0.4, 3, 40),
  seed: fc.integer(),
};

interface Window {
  readonly batches: number;
  readonly height: number;
  readonly width: number;
  readonly filterH: number;
  readonly filterW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly padding: "SAME" | "VALID";
  readonly activation: Activation;
  readonly around: readonly number[] | null;
  readonly zeros: readonly [input: number, output: number, weights: number];
  readonly outputScale: number;
  readonly seed: number;
}

/** Of int8, the extremes often. */
function zeroPoint(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(-128, 127, 0), fc.integer({ min: -128, max: 127 }));
}

/** CONV_2D, groups included. */
export function convolutions(types: WeightTypes): fc.Arbitrary<RandomLayer> {
  const groups = fc.constantFrom(1, 1, 2, 3);
  const [depth, filters] = [fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 6 })];
  return fc.record({
    ...windows,
    groups,
    depth,
    filters,
    hasBias: fc.boolean(),
    perTensor: fc.boolean(),
  })
    .filter(fits).map((c) => {
      const shape = [c.filters * c.groups, c.filterH, c.filterW, c.depth];
      return convolution("CONV_2D", types, { ...c, shape, channels: c.depth * c.groups });
    });
}

/** DEPTHWISE_CONV_2D with depth multipliers. */
export function depthwiseConvolutions(types: WeightTypes): fc.Arbitrary<RandomLayer> {
  const [channels, multiplier] = [fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 1, 2, 3)];
  return fc.record({
    ...windows,
    channels,
    multiplier,
    hasBias: fc.boolean(),
    perTensor: fc.boolean(),
  })
    .filter(fits).map((c) => {
      const shape = [1, c.filterH, c.filterW, c.channels * c.multiplier];
      return convolution("DEPTHWISE_CONV_2D", types, { ...c, shape });
    });
}

function fits(c: Window): boolean {
  const [top, bottom, left, right] = c.around ?? [0, 0, 0, 0];
  return c.padding === "SAME" ||
    c.height + top + bottom > (c.filterH - 1) * c.dilationH &&
      c.width + left + right > (c.filterW - 1) * c.dilationW;
}

function convolution(
  op: "CONV_2D" | "DEPTHWISE_CONV_2D",
  types: WeightTypes,
  c: Window & {
    readonly shape: readonly number[];
    readonly channels: number;
    readonly hasBias: boolean;
    readonly perTensor: boolean;
  },
): RandomLayer {
  const random = new Numbers(c.seed);
  const channelAxis = op === "CONV_2D" ? 0 : 3;
  const filters = c.shape[channelAxis];
  const attributes = {
    activation: c.activation,
    padding: c.padding,
    strideH: c.strideH,
    strideW: c.strideW,
    dilationH: c.dilationH,
    dilationW: c.dilationW,
  };
  const weighted = weights(random, types, { ...c, channelAxis });
  const inputs = [...weighted, ...c.hasBias ? [biasOf(random, types, filters)] : []];
  const tensors = {
    inputs,
    outputs: [
      activations(types.input, outputShape(c, filters), { zero: c.zeros[1], scale: c.outputScale }),
    ],
  };
  return padded(random, c, types.input, (input) => {
    const all = { ...tensors, inputs: [input, ...inputs] };
    return op === "CONV_2D"
      ? single(op, { ...attributes, quantizedBiasType: types.bias }, all)
      : single(op, { ...attributes, depthMultiplier: 0 }, all);
  });
}

/** AVERAGE_POOL_2D or MAX_POOL_2D. */
export function pools(
  op: "AVERAGE_POOL_2D" | "MAX_POOL_2D",
  dtype: Dtype,
): fc.Arbitrary<RandomLayer> {
  const { dilationH: _, dilationW: __, outputScale: ___, ...rest } = windows;
  return fc.record({
    ...rest,
    channels: fc.integer({ min: 1, max: 9 }),
    outputScale: fc.constant(0.02),
  })
    .map((c) => ({
      ...c,
      dilationH: 1,
      dilationW: 1,
      // A pool takes a PAD's zeros as elements only where it has no padding of its own.
      padding: c.around === null ? c.padding : "VALID" as const,
    }))
    .filter(fits).map((c) => {
      const random = new Numbers(c.seed);
      const { filterH, filterW, strideH, strideW, padding, activation } = c;
      const attributes = { filterH, filterW, strideH, strideW, padding, activation };
      const output = activations(dtype, outputShape(c, c.channels), {
        zero: c.zeros[0],
        scale: 0.02,
      });
      return padded(random, c, dtype, (input) => (
        single(op, attributes, { inputs: [input], outputs: [output] })
      ));
    });
}

/** FULLY_CONNECTED, with weights that are computed as well. */
export function fullyConnected(types: WeightTypes): fc.Arbitrary<RandomLayer> {
  return fc.record({
    rows: fc.integer({ min: 1, max: 5 }),
    depth: fc.integer({ min: 1, max: 30 }),
    units: fc.integer({ min: 1, max: 9 }),
    isFed: fc.boolean(),
    hasBias: fc.boolean(),
    perTensor: fc.boolean(),
    activation: windows.activation,
    zeros: windows.zeros,
    outputScale: windows.outputScale,
    seed: fc.integer(),
  }).map((c) => {
    const random = new Numbers(c.seed);
    const shape = [c.units, c.depth];
    const [fixed] = weights(random, types, { ...c, shape, channelAxis: 0 });
    const isFed = c.isFed && types.weights !== "int4";
    const input = activations(types.input, [c.rows, c.depth], { zero: c.zeros[0], scale: 0.02 });
    const output = activations(types.input, [c.rows, c.units], {
      zero: c.zeros[1],
      scale: c.outputScale,
    });
    const model = single("FULLY_CONNECTED", {
      activation: c.activation,
      weightsFormat: "DEFAULT",
      keepNumDims: false,
      asymmetricQuantizeInputs: false,
      quantizedBiasType: types.bias,
    }, {
      inputs: [
        input,
        isFed ? { ...fixed, data: null } : fixed,
        ...c.hasBias ? [biasOf(random, types, c.units)] : [],
      ],
      outputs: [output],
    });
    const values = randomValues(random, types.input, c.rows * c.depth);
    const fed = isFed ? [randomValues(random, types.weights, c.units * c.depth)] : [];
    return { model, inputs: [values, ...fed] };
  });
}

/** ADD of int8 without broadcasting. */
export const additions: fc.Arbitrary<RandomLayer> = fc.record({
  count: fc.integer({ min: 1, max: 70 }),
  activation: windows.activation,
  zeros: windows.zeros,
  scales: fc.tuple(...Array.from({ length: 3 }, () => fc.constantFrom(0.02, 0.1, 0.5, 1))),
  seed: fc.integer(),
}).map(({ count, activation, zeros, scales, seed }) => {
  const random = new Numbers(seed);
  const [a, b, y] = scales.map((scale, i) =>
    activations("int8", [count], { zero: zeros[i], scale })
  );
  const tensors = { inputs: [a, b], outputs: [y] };
  const model = single("ADD", { activation, potScaleInt16: false }, tensors);
  return { model, inputs: [0, 1].map(() => randomValues(random, "int8", count)) };
});

/** SVDF of int8 (state of int8 or int16) or float32, and inputs of several frames. */
export function svdf(dtype: "int8" | "float32", state: Dtype): fc.Arbitrary<RandomLayer> {
  return fc.record({
    batches: fc.constantFrom(1, 1, 2),
    depth: fc.integer({ min: 1, max: 12 }),
    units: fc.integer({ min: 1, max: 6 }),
    rank: fc.integer({ min: 1, max: 3 }),
    memory: fc.integer({ min: 1, max: 6 }),
    hasBias: fc.boolean(),
    activation: fc.constantFrom("NONE" as const, "RELU" as const, "TANH" as const, "SIGN_BIT"),
    zeros: windows.zeros,
    outputScale: windows.outputScale,
    seed: fc.integer(),
  }).map((c) => {
    const random = new Numbers(c.seed);
    const filters = c.units * c.rank;
    const fixed = (type: Dtype, shape: number[], scale: number) => {
      const { quantization } = activations(type, shape, { zero: 0, scale });
      return constant(type, randomValues(random, type, elements(shape)), { shape, quantization });
    };
    const input = activations(dtype, [c.batches, c.depth], { zero: c.zeros[0], scale: 0.05 });
    const model = single("SVDF", {
      rank: c.rank,
      activation: c.activation,
      asymmetricQuantizeInputs: false,
    }, {
      inputs: [
        input,
        fixed(dtype, [filters, c.depth], 0.01),
        fixed(state, [filters, c.memory], 0.002),
        c.hasBias
          ? biasOf(random, { bias: dtype === "int8" ? "int32" : "float32" }, c.units)
          : null,
        {
          ...activations(state, [c.batches, filters * c.memory], { zero: c.zeros[2], scale: 0.03 }),
          isVariable: true,
        },
      ],
      outputs: [
        activations(dtype, [c.batches, c.units], { zero: c.zeros[1], scale: c.outputScale }),
      ],
    });
    return {
      model,
      inputs: Array.from({ length: 4 }, () => randomValues(random, dtype, c.batches * c.depth)),
    };
  });
}

/** A layer, or one behind a PAD, with its input. */
function padded(
  random: Numbers,
  { batches, height, width, channels, around, zeros }:
    & Pick<
      Window,
      "batches" | "height" | "width" | "around" | "zeros"
    >
    & { readonly channels: number },
  dtype: Dtype,
  layer: (input: ModelTensor) => Model,
): RandomLayer {
  const image = (h: number, w: number) =>
    activations(dtype, [batches, h, w, channels], { zero: zeros[0], scale: 0.02 });
  const inputs = [randomValues(random, dtype, batches * height * width * channels)];
  if (around === null) return { model: layer(image(height, width)), inputs };
  const [top, bottom, left, right] = around;
  const model = layer(image(height + top + bottom, width + left + right));
  const [first, second] = [model.tensors.length, model.tensors.length + 1];
  const pad: Model["operators"][number] = {
    op: "PAD",
    attributes: {},
    version: 1,
    inputs: [first, second],
    outputs: [0],
  };
  return {
    model: {
      ...model,
      tensors: [...model.tensors, image(height, width), {
        ...list(0, 0, top, bottom, left, right, 0, 0),
        shape: [4, 2],
      }],
      operators: [pad, ...model.operators],
      inputs: [first],
    },
    inputs,
  };
}

function outputShape(c: Window, channels: number): number[] {
  const [top, bottom, left, right] = c.around ?? [0, 0, 0, 0];
  const extent = (from: number, filter: number, stride: number, dilation: number) =>
    c.padding === "SAME"
      ? Math.ceil(from / stride)
      : Math.ceil((from - (filter - 1) * dilation) / stride);
  return [
    c.batches,
    extent(c.height + top + bottom, c.filterH, c.strideH, c.dilationH),
    extent(c.width + left + right, c.filterW, c.strideW, c.dilationW),
    channels,
  ];
}

/** A computed tensor; the zero point is one of int8 and is moved to the type's range. */
function activations(
  dtype: Dtype,
  shape: readonly number[],
  { zero, scale }: { readonly zero: number; readonly scale: number },
): ModelTensor {
  if (dtype === "float32") return tensor(dtype, shape);
  const point = dtype === "int16" ? 0 : dtype === "uint8" ? zero + 128 : zero;
  return tensor(dtype, shape, [scale, point]);
}

function weights(
  random: Numbers,
  types: WeightTypes,
  { shape, channelAxis, perTensor, zeros }: {
    readonly shape: readonly number[];
    readonly channelAxis: number;
    readonly perTensor: boolean;
    readonly zeros: readonly number[];
  },
): [ModelTensor] {
  const count = elements(shape);
  const values = randomValues(random, types.weights, count);
  if (types.weights === "float32") return [constant("float32", values, { shape })];
  const isUint8 = types.weights === "uint8";
  const channels = isUint8 || perTensor ? 1 : shape[channelAxis];
  const scales = Array.from(
    { length: channels },
    () => Math.fround(0.01 * (1 + random.below(100)) / 2 ** random.below(10)),
  );
  const zeroPoints = scales.map(() => isUint8 ? zeros[2] + 128 : 0);
  const quantization = { scales, zeroPoints, axis: channels === 1 ? 0 : channelAxis };
  if (types.weights !== "int4") return [constant(types.weights, values, { shape, quantization })];
  const packed = Uint8Array.from({ length: Math.ceil(count / 2) }, () => random.below(256));
  return [constant("int4", packed, { shape, quantization })];
}

function biasOf(random: Numbers, { bias }: { readonly bias: Dtype }, count: number): ModelTensor {
  const values = Array.from({ length: count }, () => random.below(20000) - 10000);
  if (bias === "int64") return constant(bias, BigInt64Array.from(values, BigInt));
  return bias === "float32"
    ? constant(bias, Float32Array.from(values, (value) => value / 5000))
    : constant(bias, Int32Array.from(values));
}

/** Elements over the whole range of a type; float32 in [-1, 1). */
function randomValues(random: Numbers, dtype: Dtype, count: number): ConstantArray {
  const values = zeroValues(dtype, count) as Float32Array;
  for (let i = 0; i < count; i++) {
    values[i] = dtype === "float32" ? random.below(2 ** 20) / 2 ** 19 - 1 : random.below(2 ** 16);
  }
  return values;
}
