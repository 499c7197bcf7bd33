import type { Conv2dAttributes, ModelTensor } from "../../mod.ts";
import { assertEquals } from "../assert.ts";
import { constant, run, single, tensor } from "./single_operator.ts";

const conv: Conv2dAttributes = {
  activation: "NONE",
  padding: "VALID",
  strideH: 1,
  strideW: 1,
  dilationH: 1,
  dilationW: 1,
  quantizedBiasType: "float32",
};
const depthwise = { ...conv, depthMultiplier: 0 };
const dense = {
  activation: "NONE",
  weightsFormat: "DEFAULT",
  keepNumDims: false,
  asymmetricQuantizeInputs: false,
  quantizedBiasType: "float32",
} as const;

function weights(
  values: Int8Array | Uint8Array | Float32Array,
  { shape, scales = [], zeroPoint = 0, axis = 0 }: {
    shape: number[];
    scales?: number[];
    zeroPoint?: number;
    axis?: number;
  },
): ModelTensor {
  const dtype = values instanceof Int8Array
    ? "int8"
    : values instanceof Uint8Array
    ? "uint8"
    : "float32";
  const quantization = scales.length === 0
    ? null
    : { scales, zeroPoints: scales.map(() => zeroPoint), axis };
  return constant(dtype, values, { shape, quantization });
}

Deno.test("CONV_2D leaves SAME padding out of the sum: float32", () => {
  const model = single("CONV_2D", { ...conv, padding: "SAME" }, {
    inputs: [
      tensor("float32", [1, 2, 2, 1]),
      weights(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8, 9]), { shape: [1, 3, 3, 1] }),
      null,
    ],
    outputs: [tensor("float32", [1, 2, 2, 1])],
  });
  // Top left: 5 1 + 6 2 + 8 3 + 9 4.
  assertEquals(run(model, new Float32Array([1, 2, 3, 4])), [77, 67, 47, 37]);
});

Deno.test("CONV_2D of int8 has a factor for each channel and subtracts the zero point", () => {
  const model = single("CONV_2D", conv, {
    inputs: [
      tensor("int8", [1, 1, 2, 2], [0.5, -128]),
      weights(new Int8Array([1, -1, 127, 127]), { shape: [2, 1, 1, 2], scales: [2, 0.5] }),
      constant("int32", new Int32Array([10, -100])),
    ],
    outputs: [tensor("int8", [1, 1, 2, 2], [1, 127])],
  });
  // Pixel (-128, 127) is (0, 255): -255 + 10 and 255 127 - 100 times 1/4; pixel (0, -128) is (128, 0).
  assertEquals(run(model, new Int8Array([-128, 127, 0, -128])), [-118, 127, 127, 127]);
});

Deno.test("CONV_2D rounds halves as double rounding does, and clamps to a fused RELU6", () => {
  const model = (activation: "NONE" | "RELU6") =>
    single("CONV_2D", { ...conv, activation }, {
      inputs: [
        tensor("int8", [1, 1, 4, 1], [1, 0]),
        weights(new Int8Array([1]), { shape: [1, 1, 1, 1], scales: [0.5] }),
        null,
      ],
      outputs: [tensor("int8", [1, 1, 4, 1], [1, -1])],
    });
  // 0.5 is the multiplier 2^30 with no shift: halves go up above zero, towards zero below.
  assertEquals(run(model("NONE"), new Int8Array([1, -1, 3, -128])), [0, -1, 1, -65]);
  assertEquals(run(model("RELU6"), new Int8Array([1, -1, 127, -128])), [0, -1, 5, -1]);
});

Deno.test("CONV_2D with dilation, stride and groups reads the right taps", () => {
  const model = single("CONV_2D", { ...conv, dilationW: 2, strideW: 2 }, {
    inputs: [
      tensor("int8", [1, 1, 5, 2], [1, 0]),
      weights(new Int8Array([1, 10, 2, 20]), { shape: [2, 1, 2, 1], scales: [1] }),
      null,
    ],
    outputs: [tensor("int8", [1, 1, 2, 2], [1, 0])],
  });
  // Channel 0: x0 + 10 x2, x2 + 10 x4; channel 1: 2 x0 + 20 x2, 2 x2 + 20 x4.
  const x = new Int8Array([1, 2, 9, 9, 3, -4, 9, 9, 5, 1]);
  assertEquals(run(model, x), [31, -76, 53, 12]);
});

Deno.test("CONV_2D of uint8 subtracts both zero points", () => {
  const model = single("CONV_2D", conv, {
    inputs: [
      tensor("uint8", [1, 1, 1, 2], [1, 128]),
      weights(new Uint8Array([0, 255]), { shape: [1, 1, 1, 2], scales: [0.5], zeroPoint: 100 }),
      constant("int32", new Int32Array([7])),
    ],
    outputs: [tensor("uint8", [1, 1, 1, 1], [64, 3])],
  });
  // (28 - 128) (0 - 100) + (255 - 128) (255 - 100) + 7 = 29692; times 1/128: 231.97.
  assertEquals(run(model, new Uint8Array([28, 255])), [235]);
});

Deno.test("CONV_2D of int16 sums in 64 bits with a bias of int64, in 32 with int32", () => {
  const model = (bias: ModelTensor) =>
    single("CONV_2D", conv, {
      inputs: [
        tensor("int16", [1, 1, 1, 1], [1, 0]),
        weights(new Int8Array([127]), { shape: [1, 1, 1, 1], scales: [2 ** -20] }),
        bias,
      ],
      outputs: [tensor("int16", [1, 1, 1, 1], [1, 0])],
    });
  const long = constant("int64", new BigInt64Array([2n ** 33n]));
  // 2^33 + 127 32767 over 2^20 is 8195.97.
  assertEquals(run(model(long), new Int16Array([32767])), [8196]);
  const short = constant("int32", new Int32Array([2 ** 31 - 1]));
  // 2^31 - 1 + 127 32767 wraps to -2^31 + 4161408, which over 2^20 is -2044.03.
  assertEquals(run(model(short), new Int16Array([32767])), [-2044]);
});

Deno.test("DEPTHWISE_CONV_2D has as many filters for a channel as the shapes tell", () => {
  const model = single("DEPTHWISE_CONV_2D", { ...depthwise, padding: "SAME", dilationH: 2 }, {
    inputs: [
      tensor("int8", [1, 3, 1, 2], [1, -1]),
      weights(new Int8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), {
        shape: [1, 3, 1, 4],
        scales: [1, 1, 0.5, 1],
        axis: 3,
      }),
      null,
    ],
    outputs: [tensor("int8", [1, 3, 1, 4], [1, 0])],
  });
  // Centred: rows (1, 2), (3, 4), (5, 6); the taps are two rows apart.
  const x = new Int8Array([0, 1, 2, 3, 4, 5]);
  assertEquals(run(model, x), [50, 56, 40, 88, 15, 18, 14, 32, 26, 32, 24, 56]);
});

Deno.test("FULLY_CONNECTED of int8: per tensor, per channel, saturating", () => {
  const model = (scales: number[]) =>
    single("FULLY_CONNECTED", dense, {
      inputs: [
        tensor("int8", [2, 2], [1, 3]),
        weights(new Int8Array([-128, 127, 1, 1]), { shape: [2, 2], scales }),
        constant("int32", new Int32Array([0, -7])),
      ],
      outputs: [tensor("int8", [2, 2], [1, -10])],
    });
  const x = new Int8Array([3, 4, -128, 127]);
  // Centred (0, 1), (-131, 124): 127, -6 and 32516, -14.
  assertEquals(run(model([0.5]), x), [54, -13, 127, -17]);
  assertEquals(run(model([1, 0.25]), x), [117, -12, 127, -14]);
});

Deno.test("FULLY_CONNECTED of float32 adds the bias last and clamps", () => {
  const model = single("FULLY_CONNECTED", { ...dense, activation: "RELU_N1_TO_1" }, {
    inputs: [
      tensor("float32", [1, 2]),
      weights(new Float32Array([0.5, 0.25, 8, 8]), { shape: [2, 2] }),
      constant("float32", new Float32Array([0.125, -100])),
    ],
    outputs: [tensor("float32", [1, 2])],
  });
  assertEquals(run(model, new Float32Array([1, -2])), [0.125, -1]);
});

Deno.test("a factor below 2^-31 makes everything the zero point; the largest saturates", () => {
  const model = (scale: number) =>
    single("FULLY_CONNECTED", dense, {
      inputs: [
        tensor("int8", [1, 1], [1, 0]),
        weights(new Int8Array([127]), { shape: [1, 1], scales: [scale] }),
        null,
      ],
      outputs: [tensor("int8", [1, 1], [1, -128])],
    });
  assertEquals(run(model(2 ** -40), new Int8Array([127])), [-128]);
  assertEquals(run(model(2 ** 16), new Int8Array([127])), [127]);
  assertEquals(run(model(2 ** 16), new Int8Array([-128])), [-128]);
});
