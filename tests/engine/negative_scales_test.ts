import {
  createEngine,
  emitC,
  type Model,
  planMemory,
  readModel,
  run,
  runReference,
  validatePlan,
  writeModel,
  zoo,
} from "tinyloom";
import { assertEquals, assertMatch } from "../assert.ts";
import { readShared } from "../shared_files.ts";

const model = zoo("mlperf-tiny-kws");
const frame = [Int8Array.from({ length: 490 }, (_, i) => (i * 37) % 256 - 128)];

/** The same function: odd channels of all weights with both signs turned, and their biases. */
function turned(least: number): Model {
  const tensors = [...model.tensors];
  for (const { op, inputs: [, weights, bias] } of model.operators) {
    if (!["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"].includes(op)) continue;
    const { data, shape, quantization } = model.tensors[weights];
    const axis = op === "DEPTHWISE_CONV_2D" ? 3 : 0;
    const { scales } = quantization!;
    const count = shape[axis];
    const sign = (c: number) => (c % scales.length) % 2 === 1 || scales.length === 1 ? -1 : 1;
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const values = Int8Array.from(new Int8Array(data!.slice().buffer), (value, i) => (
      Math.max(least, value * sign(Math.floor(i / inner) % count))
    ));
    const biases = new Int32Array(model.tensors[bias].data!.slice().buffer)
      .map((value, c) => value * sign(c));
    const signed = scales.map((scale, c) => scale * sign(c));
    tensors[weights] = {
      ...model.tensors[weights],
      data: new Uint8Array(values.buffer),
      quantization: { ...quantization!, scales: signed },
    };
    tensors[bias] = { ...model.tensors[bias], data: new Uint8Array(biases.buffer) };
  }
  return { ...model, tensors };
}

Deno.test("weights with negative scales compute what the opposite weights do", () => {
  const read = readModel(writeModel(turned(-127)));
  assertMatch(read.warnings![0], /and \d+ more: negative scales/);
  const right = runReference(model, frame).outputs;
  assertEquals(runReference(read, frame).outputs, right);
  for (const options of [{}, { checked: true }, { threads: 2 }, { dsp: true }, { helium: true }]) {
    using engine = createEngine(read, options);
    assertEquals(run(engine, frame), right);
  }
  const plan = planMemory(read);
  assertEquals(validatePlan(plan, read), []);
  assertEquals(plan.flash, planMemory(model).flash);
  assertEquals(emitC(read).files["model_weights.c"], emitC(model).files["model_weights.c"]);
});

Deno.test("a weight without an opposite is computed with its negative factor", () => {
  const extreme = turned(-127);
  const [, weights] = extreme.operators[0].inputs;
  const data = extreme.tensors[weights].data!.slice().fill(128);
  const tensors = extreme.tensors.with(weights, { ...extreme.tensors[weights], data });
  const read = { ...extreme, tensors };
  const right = runReference(read, frame).outputs;
  for (const options of [{}, { checked: true }, { threads: 2 }, { dsp: true }]) {
    using engine = createEngine(read, options);
    assertEquals(run(engine, frame), right);
  }
});

Deno.test("weights that layers share are turned for all, and apart from other readers", () => {
  const layer = {
    op: "FULLY_CONNECTED",
    version: 4,
    attributes: {
      activation: "NONE",
      weightsFormat: "DEFAULT",
      keepNumDims: false,
      asymmetricQuantizeInputs: false,
      quantizedBiasType: "float32",
    },
  } as const;
  const activation = (scale: number) => ({
    ...{ name: "", dtype: "int8" as const, shape: [1, 2], data: null, isVariable: false },
    quantization: { scales: [scale], zeroPoints: [0], axis: 0 },
  });
  const shared: Model = {
    ...{ name: "", description: "", metadata: [], signatures: [], otherSubgraphs: [], lost: [] },
    tensors: [
      activation(0.5),
      { ...activation(-0.25), shape: [2, 2], data: Uint8Array.of(1, 2, 253, 4) },
      { ...activation(1), dtype: "int32", shape: [2], data: new Uint8Array(8).fill(1, 0, 1) },
      activation(0.5),
      activation(0.5),
    ],
    operators: [
      { ...layer, inputs: [0, 1, 2], outputs: [3] },
      { ...layer, inputs: [3, 1, 2], outputs: [4] },
    ],
    inputs: [0],
    outputs: [4, 1],
  };
  // (10 + 2 * 11 + 1) * -0.25 = -8.25, (-3 * 10 + 4 * 11) * -0.25 = -3.5, which is rounded to -4;
  // (-8 - 2 * 4 + 1) * -0.25 = 3.75, (3 * 8 - 4 * 4) * -0.25 = -2.
  const right = [Int8Array.of(4, -2), Int8Array.of(1, 2, -3, 4)];
  assertEquals(runReference(shared, [Int8Array.of(10, 11)]).outputs, right);
  using engine = createEngine(shared, { checked: true });
  assertEquals(run(engine, [Int8Array.of(10, 11)]), right);
});

Deno.test({
  name: "a bias with a negative scale is that of TensorFlow Lite Micro",
  fn: () => {
    const bytes = (end: string) => readShared(`cases/files/01_negative_bias_scale.${end}`);
    const read = readModel(bytes("tflite"));
    using engine = createEngine(read);
    for (const i of [0, 1]) {
      const input = [new Int8Array(bytes(`in_${i}.bin`).buffer)];
      const right = [new Int8Array(bytes(`tflm_${i}.bin`).buffer)];
      assertEquals(runReference(read, input).outputs, right);
      assertEquals(run(engine, input), right);
    }
  },
});
