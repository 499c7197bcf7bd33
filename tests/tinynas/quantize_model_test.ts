import {
  constantValues,
  createEngine,
  type Model,
  type ModelTensor,
  type Operator,
  quantizeModel,
  type QuantizeOptions,
  quantizeValues,
  readModel,
  realValues,
  run,
  writeModel,
} from "tinyloom";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";

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
  activation: "NONE",
  dilationH: 1,
  dilationW: 1,
} as const;
const conv = { ...window, quantizedBiasType: "float32" } as const;

Deno.test("a bias beyond int32 gives its channel's weights a larger scale, and no other channel's", () => {
  for (const weight of [1e-5, 1e-8, 1e-20, 0]) {
    const model = modelOf(
      [floats([1, 4, 4, 1]), floats([2, 1, 1, 1], [weight, -2]), floats([2], [3, 0.2])],
      [{ op: "CONV_2D", inputs: [0, 1, 2], outputs: [3], version: 1, attributes: conv }],
      [floats([1, 4, 4, 2])],
    );
    const quantized = assertClose(model, Float32Array.from({ length: 16 }, (_, i) => i / 8 - 1));
    const [large, other] = constantValues(quantized.tensors[2]) as Int32Array;
    assert(Math.abs(large) > 2 ** 29 && Math.abs(large) <= 2 ** 30, String(large));
    assertEquals(quantized.tensors[1].quantization!.scales[1], Math.fround(2 / 127));
    const scale = quantized.tensors[2].quantization!.scales[1];
    assertEquals(other, Math.round(Math.fround(0.2) / scale));
  }
});

Deno.test("no bias, and one left out as -1, stay so", () => {
  for (const inputs of [[0, 1], [0, 1, -1]]) {
    const model = modelOf(
      [floats([1, 4]), floats([2, 4], [1, -2, 3, 0.5, 0.25, 1, 2, -1])],
      [{ op: "FULLY_CONNECTED", inputs, outputs: [2], version: 1, attributes: fully }],
      [floats([1, 2])],
    );
    const quantized = assertClose(model, Float32Array.of(-1, 0, 1, 2));
    assertEquals(quantized.operators[0].inputs, [0, 1]);
  }
});

Deno.test("a depthwise filter of one channel has one scale", () => {
  const attributes = { ...window, depthMultiplier: 1 };
  const model = modelOf(
    [floats([1, 2, 2, 1]), floats([1, 1, 1, 1], [3]), floats([1], [1])],
    [{ op: "DEPTHWISE_CONV_2D", inputs: [0, 1, 2], outputs: [3], version: 1, attributes }],
    [floats([1, 2, 2, 1])],
  );
  const { tensors } = assertClose(model, Float32Array.of(-1, 0, 1, 2));
  assertEquals(tensors[1].quantization, {
    scales: [Math.fround(3 / 127)],
    zeroPoints: [0],
    axis: 0,
  });
});

Deno.test("constants of ADD and MUL are quantized as activations are", () => {
  for (
    const operator of [
      { op: "ADD", attributes: { activation: "NONE", potScaleInt16: false } },
      { op: "MUL", attributes: { activation: "NONE" } },
    ] as const
  ) {
    const model = modelOf(
      [floats([1, 4]), floats([4], [1, 2, 3, 4])],
      [{ ...operator, inputs: [0, 1], outputs: [2], version: 1 } as Operator],
      [floats([1, 4])],
    );
    const { tensors } = assertClose(model, Float32Array.of(-1, 0, 1, 2));
    assertEquals([...constantValues(tensors[1])], [-64, -1, 63, 127]);
  }
});

Deno.test("weights and a bias that layers share are told apart where their scales are", () => {
  const layer = { op: "FULLY_CONNECTED", version: 1, attributes: fully } as const;
  const model = modelOf(
    [floats([1, 2]), floats([2, 2], [3, 1, -1, 2]), floats([2], [1, -1]), floats([1, 2])],
    [
      { ...layer, inputs: [0, 1, 2], outputs: [3] },
      { ...layer, inputs: [3, 1, 2], outputs: [4] },
    ],
    [floats([1, 2])],
  );
  const { operators, tensors } = assertClose(model, Float32Array.of(-1, 2));
  const [[, first, one], [, second, two]] = operators.map(({ inputs }) => inputs);
  assertEquals([first, second], [1, 1]);
  assertEquals([one, two], [2, 5]);
  assert(tensors[2].quantization!.scales[0] < tensors[5].quantization!.scales[0]);
});

Deno.test("a bias that is computed, and one that is no number, are refused by name", () => {
  const layer = { op: "FULLY_CONNECTED", version: 1, attributes: fully } as const;
  const weights = floats([2, 2], [1, 0, 0, 1]);
  const computed = modelOf(
    [floats([1, 2]), weights, floats([1, 2])],
    [{ ...layer, inputs: [0, 1], outputs: [2] }, { ...layer, inputs: [0, 1, 2], outputs: [3] }],
    [floats([1, 2])],
  );
  const inputs = [Float32Array.of(1, 2)];
  assertThrows(() => quantizeModel(computed, { inputs }), TypeError, "computed float32");
  const infinite = modelOf(
    [floats([1, 2]), weights, floats([2], [0, Infinity])],
    [{ ...layer, inputs: [0, 1, 2], outputs: [3] }],
    [floats([1, 2])],
  );
  assertThrows(() => quantizeModel(infinite, { inputs }), RangeError, "element 1");
});

Deno.test("weights of 4 bits lie two in a byte, from -7 to 7, and compute what the same in int8 do", () => {
  const model = modelOf(
    [floats([1, 3]), floats([1, 3], [0.7, -0.3, 0.16]), floats([1], [0.5])],
    [{ op: "FULLY_CONNECTED", inputs: [0, 1, 2], outputs: [3], version: 1, attributes: fully }],
    [floats([1, 1])],
  );
  const x = Float32Array.of(-1, 0.5, 1);
  const { tensors, operators } = readModel(
    writeModel(quantizeModel(model, { inputs: [x], weightBits: 4 })),
  );
  assertEquals(tensors[1].dtype, "int4");
  assertEquals([...tensors[1].data!], [0xd7, 0x02]);
  assertEquals(tensors[1].quantization!.scales, [Math.fround(Math.fround(0.7) / 7)]);
  assertEquals(operators[0].version, 10);
});

Deno.test("activations of 16 bits are symmetric with biases of 64, and closer to the real numbers", () => {
  const model = modelOf(
    [floats([1, 4]), floats([2, 4], [1, -2, 3, 0.5, 0.25, 1, 2, -1]), floats([2], [0.1, -3])],
    [{ op: "FULLY_CONNECTED", inputs: [0, 1, 2], outputs: [3], version: 1, attributes: fully }],
    [floats([1, 2])],
  );
  const x = Float32Array.of(-1, 0.1, 0.7, 2);
  const quantized = assertClose(model, x, { activationBits: 16 });
  const [input, , bias, output] = quantized.tensors;
  assertEquals([input.dtype, bias.dtype, output.dtype], ["int16", "int64", "int16"]);
  assertEquals(input.quantization!.scales, [Math.fround(2 / 32767)]);
  assertEquals(input.quantization!.zeroPoints, [0]);
});

Deno.test("one scale for all channels is the largest of those that each would have", () => {
  const model = modelOf(
    [floats([1, 2, 2, 1]), floats([2, 1, 1, 1], [0.5, -2]), floats([2], [0, 0.2])],
    [{ op: "CONV_2D", inputs: [0, 1, 2], outputs: [3], version: 1, attributes: conv }],
    [floats([1, 2, 2, 2])],
  );
  const inputs = [Float32Array.of(-1, 0, 1, 2)];
  const scalesOf = (scalePer: "channel" | "tensor") =>
    quantizeModel(model, { inputs, scalePer }).tensors[1].quantization!.scales;
  assertEquals(scalesOf("channel"), [Math.fround(0.5 / 127), Math.fround(2 / 127)]);
  assertEquals(scalesOf("tensor"), [Math.fround(2 / 127)]);
});

Deno.test("what no runtime has is refused: 4 bits beside 16, and operators without 16", () => {
  const model = modelOf(
    [floats([1, 4]), floats([4], [1, 2, 3, 4])],
    [{ op: "MUL", inputs: [0, 1], outputs: [2], version: 1, attributes: { activation: "NONE" } }],
    [floats([1, 4])],
  );
  const inputs = [Float32Array.of(-1, 0, 1, 2)];
  assertThrows(
    () => quantizeModel(model, { inputs, activationBits: 16, weightBits: 4 }),
    RangeError,
    "needed 8 of one",
  );
  assertThrows(
    () => quantizeModel(model, { inputs, activationBits: 16 }),
    TypeError,
    "MUL cannot be quantized with 16 bits",
  );
});

/** Quantizes, and runs both: within a hundredth of the largest output of each other. */
function assertClose(
  model: Model,
  x: Float32Array<ArrayBuffer>,
  options: Partial<QuantizeOptions> = {},
): Model {
  const quantized = readModel(writeModel(quantizeModel(model, { inputs: [x], ...options })));
  using integers = createEngine(quantized);
  using reals = createEngine(model);
  const output = quantized.tensors[quantized.outputs[0]];
  const [found] = run(integers, [quantizeValues(x, quantized.tensors[0])]);
  const [right] = run(reals, [x]) as Float32Array[];
  const most = right.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const values = realValues(found, output);
  const share = options.activationBits === 16 ? 200 : 50;
  right.forEach((value, i) => assertAlmostEquals(values[i], value, most / share));
  return quantized;
}

function modelOf(
  inputs: readonly ModelTensor[],
  operators: readonly Operator[],
  outputs: readonly ModelTensor[],
): Model {
  const tensors = [...inputs, ...outputs];
  return {
    ...{ name: "float", description: "", tensors, operators },
    ...{ inputs: [0], outputs: [tensors.length - 1], metadata: [], signatures: [] },
    ...{ otherSubgraphs: [], lost: [] },
  };
}

function floats(shape: readonly number[], values?: readonly number[]): ModelTensor {
  const data = values === undefined ? null : new Uint8Array(Float32Array.from(values).buffer);
  return { name: "", dtype: "float32", shape, quantization: null, data, isVariable: false };
}
