// Operators whose work threads share, against the reference interpreter; and inputs that are refused.
import { createEngine, createPool, type Model, planMemory, run, runReference } from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { Numbers } from "./random_layer.ts";
import { randomValues } from "./random_tensor.ts";
import { assertClose } from "./same_as_reference.ts";
import { list, single, tensor } from "./single_operator.ts";

const int8 = (shape: readonly number[], scale = 0.05, zeroPoint = 3) =>
  tensor("int8", shape, [scale, zeroPoint]);
const real = (shape: readonly number[]) => tensor("float32", shape);
const image = [1, 15, 17, 35];
const sum = { activation: "NONE", potScaleInt16: false } as const;

const SHARED: readonly Model[] = [
  single("ADD", sum, { inputs: [int8(image), int8(image, 0.1)], outputs: [int8(image, 0.2)] }),
  single("MUL", { activation: "NONE" }, {
    inputs: [int8(image), int8([1, 1, 1, 35], 0.004)],
    outputs: [int8(image)],
  }),
  single("SUB", sum, { inputs: [real(image), real([1])], outputs: [real(image)] }),
  single("TANH", {}, { inputs: [real(image)], outputs: [real(image)] }),
  single("HARD_SWISH", {}, { inputs: [int8([8925])], outputs: [int8([8925])] }),
  single("QUANTIZE", {}, { inputs: [real(image)], outputs: [int8(image)] }),
  single("DEQUANTIZE", {}, { inputs: [int8(image)], outputs: [real(image)] }),
  single("SOFTMAX", { beta: 1 }, {
    inputs: [int8([50, 101])],
    outputs: [int8([50, 101], 2 ** -8, -128)],
  }),
  single("MEAN", { keepDims: false }, {
    inputs: [int8([3, 5, 5003]), list(1)],
    outputs: [int8([3, 5003])],
  }),
  single("TRANSPOSE", {}, {
    inputs: [int8(image), list(0, 3, 1, 2)],
    outputs: [int8([1, 35, 15, 17])],
  }),
  single("PAD", {}, {
    inputs: [int8(image), list(0, 0, 1, 2, 0, 3, 0, 0)],
    outputs: [int8([1, 18, 20, 35])],
  }),
  single("CONCATENATION", { axis: 3, activation: "NONE" }, {
    inputs: [int8(image), int8([1, 15, 17, 2])],
    outputs: [int8([1, 15, 17, 37])],
  }),
  single("RESIZE_NEAREST_NEIGHBOR", { alignCorners: false, halfPixelCenters: true }, {
    inputs: [int8(image), list(30, 21)],
    outputs: [int8([1, 30, 21, 35])],
  }),
];

Deno.test("threads share element-wise operators and those that move elements", () => {
  using pool = createPool(2);
  for (const model of SHARED) {
    const random = new Numbers(7);
    const inputs = model.inputs.map((tensor) => randomValues(model.tensors[tensor], random));
    const plan = planMemory(model, { techniques: ["optimal-offsets"] });
    using engine = createEngine(model, { plan, pool });
    assert(engine.layers[0].isParallel, `${model.name} is not shared`);
    const { outputs: [expected] } = runReference(model, inputs);
    for (let i = 0; i < 3; i++) assertClose(run(engine, inputs)[0], expected, model.name);
  }
});

Deno.test("a compiled QUANTIZE refuses NaN, and runs again without it", () => {
  const model = single("QUANTIZE", {}, { inputs: [real([5000])], outputs: [int8([5000], 1, 0)] });
  const plan = planMemory(model, { techniques: ["optimal-offsets"] });
  const good = new Float32Array(5000).fill(7);
  const bad = good.with(4999, NaN);
  for (const threads of [1, 2]) {
    using engine = createEngine(model, { plan, threads });
    assertThrows(() => run(engine, [bad]), RangeError, "QUANTIZE of NaN in tensor");
    assertEquals(run(engine, [good]), [new Int8Array(5000).fill(7)]);
  }
});
