import {
  type ConstantArray,
  EngineError,
  initialState,
  type Model,
  runReference,
  supportedOperators,
  zoo,
} from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { constant, single, tensor } from "./single_operator.ts";

const relu = single("RELU", {}, {
  inputs: [tensor("int8", [1, 2], [1, 0])],
  outputs: [tensor("int8", [1, 2], [1, 0])],
});

const svdf = (() => {
  const operands = [
    tensor("int8", [1, 2], [1, -1]),
    constant("int8", new Int8Array([1, 2]), {
      shape: [1, 2],
      quantization: { scales: [1], zeroPoints: [0], axis: 0 },
    }),
    constant("int16", new Int16Array([100, 10, 1]), {
      shape: [1, 3],
      quantization: { scales: [1], zeroPoints: [0], axis: 0 },
    }),
    constant("int32", new Int32Array([5])),
    { ...tensor("int16", [1, 3], [1, 0]), isVariable: true },
  ];
  return single("SVDF", { rank: 1, activation: "NONE", asymmetricQuantizeInputs: false }, {
    inputs: operands,
    outputs: [tensor("int8", [1, 1], [8, 2])],
  });
})();

Deno.test("SVDF moves its state on, and leaves the one it was given alone", () => {
  const start = initialState(svdf);
  assertEquals([...start], [[4, new Int16Array(3)]]);
  // Centred (1, 1): 3. The state 0 0 3 weighs 3, with the bias 8.
  const first = runReference(svdf, [new Int8Array([0, 0])], { state: start });
  assertEquals(first.outputs, [new Int8Array([3])]);
  assertEquals([...first.state], [[4, new Int16Array([0, 0, 3])]]);
  // Centred (-2, 0): -2. The state 0 3 -2 weighs 28, with the bias 33: 4.1 eighths.
  const second = runReference(svdf, [new Int8Array([-3, -1])], { state: first.state });
  assertEquals(second.outputs, [new Int8Array([6])]);
  assertEquals([...second.state], [[4, new Int16Array([0, 3, -2])]]);
  assertEquals([...first.state], [[4, new Int16Array([0, 0, 3])]]);
  assertEquals([...start], [[4, new Int16Array(3)]]);
});

Deno.test("a state of the wrong size or type, or none, is refused", () => {
  const input = [new Int8Array(2)];
  const run = (state: Map<number, ConstantArray>) => () => runReference(svdf, input, { state });
  assertThrows(run(new Map()), TypeError, "no state for tensor 4");
  assertThrows(run(new Map([[4, new Int16Array(2)]])), RangeError, "2 elements, needed 3");
  assertThrows(run(new Map([[4, new Int8Array(3)]])), TypeError, "needed Int16Array");
});

Deno.test("every tensor is shown: inputs, results and the state that is left", () => {
  const seen: [number, number[]][] = [];
  runReference(svdf, [new Int8Array([0, 0])], {
    onTensor: (index, values) => void seen.push([index, Array.from(values, Number)]),
  });
  assertEquals(seen, [[0, [0, 0]], [4, [0, 0, 3]], [5, [3]]]);
});

Deno.test("inputs of the wrong number, type or size are refused", () => {
  const run = (...inputs: ConstantArray[]) => () => runReference(relu, inputs);
  assertThrows(run(), TypeError, "0 inputs, needed 1");
  assertThrows(run(new Float32Array(2)), TypeError, "input 0 is Float32Array, needed Int8Array");
  assertThrows(run(new Int8Array(3)), RangeError, "input 0 has 3 elements, needed 2 for [1,2]");
});

Deno.test("an unknown operator is named with its index and what is supported", () => {
  const model: Model = {
    ...relu,
    operators: [{
      op: "OPAQUE",
      opName: "MyOp",
      code: 32,
      optionTable: null,
      attributes: {},
      customOptions: null,
      version: 1,
      inputs: [0],
      outputs: [1],
    }],
  };
  const error = assertThrows(() => runReference(model, [new Int8Array(2)]), EngineError);
  assertEquals([error.operator, error.opName], [0, "MyOp"]);
  for (const name of supportedOperators) assert(error.message.includes(name), name);
});

Deno.test("a hybrid operator is refused before anything runs", () => {
  const model = single("FULLY_CONNECTED", {
    activation: "NONE",
    weightsFormat: "DEFAULT",
    keepNumDims: false,
    asymmetricQuantizeInputs: true,
    quantizedBiasType: "float32",
  }, {
    inputs: [
      tensor("float32", [1, 1]),
      constant("int8", new Int8Array([1]), { shape: [1, 1] }),
      null,
    ],
    outputs: [tensor("float32", [1, 1])],
  });
  const seen: number[] = [];
  assertThrows(
    () =>
      runReference(model, [new Float32Array(1)], { onTensor: (index) => void seen.push(index) }),
    EngineError,
    "operator 0 FULLY_CONNECTED: float32 activations with int8 weights (a hybrid model)",
  );
  assertEquals(seen, []);
});

for (const name of ["mlperf-tiny-kws", "mlperf-tiny-ad", "mlperf-tiny-ic"]) {
  Deno.test(`${name} of the zoo runs from end to end, the same every time`, () => {
    const model = zoo(name);
    const { shape } = model.tensors[model.inputs[0]];
    const input = Int8Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i * 37);
    const { outputs } = runReference(model, [input]);
    assert(new Set(outputs[0] as Int8Array).size > 1, "all elements are the same");
    assertEquals(runReference(model, [input]).outputs, outputs);
  });
}

Deno.test("a zoo model with float edges and explicit padding runs", () => {
  const options = { width: 0.1, resolution: 32, classes: 5, floatEdges: true };
  const model = zoo("mobilenet_v2", { ...options, explicitPadding: true });
  const { shape } = model.tensors[model.inputs[0]];
  const input = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i % 7 / 7);
  const [output] = runReference(model, [input]).outputs;
  assertEquals(output.length, 5);
  assert(output instanceof Float32Array && output.every(Number.isFinite));
});
