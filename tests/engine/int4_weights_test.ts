import { createEngine, type Model, type Operator, run, runReference } from "tinyloom";
import { assertEquals } from "../assert.ts";

const fully = {
  activation: "NONE",
  weightsFormat: "DEFAULT",
  keepNumDims: false,
  asymmetricQuantizeInputs: false,
  quantizedBiasType: "float32",
} as const;
const window = {
  padding: "SAME",
  strideH: 1,
  strideW: 1,
  activation: "RELU",
  dilationH: 1,
  dilationW: 1,
} as const;

const layers: Record<string, { weights: number[]; channels: number; operator: Operator }> = {
  CONV_2D: {
    weights: [5, 3, 3, 4],
    channels: 5,
    operator: {
      ...{ op: "CONV_2D", inputs: [0, 1, 2], outputs: [3], version: 7 },
      attributes: { ...window, quantizedBiasType: "float32" },
    },
  },
  DEPTHWISE_CONV_2D: {
    weights: [1, 3, 3, 4],
    channels: 4,
    operator: {
      ...{ op: "DEPTHWISE_CONV_2D", inputs: [0, 1, 2], outputs: [3], version: 7 },
      attributes: { ...window, depthMultiplier: 1 },
    },
  },
  FULLY_CONNECTED: {
    weights: [5, 144],
    channels: 5,
    operator: {
      ...{ op: "FULLY_CONNECTED", inputs: [0, 1, 2], outputs: [3], version: 10 },
      attributes: fully,
    },
  },
};

for (const [name, { weights: shape, channels, operator }] of Object.entries(layers)) {
  Deno.test(`${name} with int4 weights computes what it does with the same weights in int8`, () => {
    const count = shape.reduce((a, b) => a * b, 1);
    const values = Int8Array.from({ length: count }, (_, i) => (i * 7 + (i >> 3)) % 16 - 8);
    const input = Int8Array.from({ length: 144 }, (_, i) => (i * 37) % 256 - 128);
    const wide = modelOf(operator, { shape, channels, dtype: "int8", data: bytes(values) });
    const packed = modelOf(operator, { shape, channels, dtype: "int4", data: pack(values) });
    const right = runReference(wide, [input]).outputs;
    assertEquals(runReference(packed, [input]).outputs, right);
    const options = [{}, { checked: true }, { threads: 2 }, { dsp: true }, { helium: true }];
    for (const option of options) {
      using engine = createEngine(packed, option);
      assertEquals(run(engine, [input]), right, JSON.stringify(option));
    }
  });
}

function modelOf(
  operator: Operator,
  { shape, channels, dtype, data }: {
    readonly shape: readonly number[];
    readonly channels: number;
    readonly dtype: "int8" | "int4";
    readonly data: Uint8Array;
  },
): Model {
  const isWindow = operator.op !== "FULLY_CONNECTED";
  const per = Array.from({ length: channels }, (_, c) => Math.fround(0.01 + c / 500));
  const axis = operator.op === "DEPTHWISE_CONV_2D" ? 3 : 0;
  const activation = (name: string, extents: readonly number[], scale: number) => ({
    ...{ name, dtype: "int8" as const, shape: extents, data: null, isVariable: false },
    quantization: { scales: [Math.fround(scale)], zeroPoints: [-3], axis: 0 },
  });
  const channelScales = (scales: readonly number[], at: number) => ({
    scales,
    zeroPoints: scales.map(() => 0),
    axis: at,
  });
  const bias = Int32Array.from({ length: channels }, (_, c) => 100 * c - 150);
  return {
    name: "int4",
    description: "",
    tensors: [
      activation("x", isWindow ? [1, 6, 6, 4] : [1, 144], 0.05),
      {
        ...{ name: "w", dtype, shape, data, isVariable: false },
        quantization: channelScales(per, axis),
      },
      {
        ...{ name: "b", dtype: "int32", shape: [channels], data: bytes(bias), isVariable: false },
        quantization: channelScales(per.map((scale) => Math.fround(scale * 0.05)), 0),
      },
      activation("y", isWindow ? [1, 6, 6, channels] : [1, channels], 0.3),
    ],
    operators: [operator],
    inputs: [0],
    outputs: [3],
    metadata: [],
    signatures: [],
    otherSubgraphs: [],
    lost: [],
  };
}

function bytes(values: Int8Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer);
}

/** Low nibble first. */
function pack(values: Int8Array): Uint8Array {
  return Uint8Array.from(
    { length: Math.ceil(values.length / 2) },
    (_, i) => values[2 * i] & 15 | ((values[2 * i + 1] ?? 0) & 15) << 4,
  );
}
