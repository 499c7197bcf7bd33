// Numbers that overflow, and types that are not taken.
import {
  type Activation,
  createEngine,
  EngineError,
  type ModelTensor,
  type OperatorName,
  run,
  runReference,
} from "../../mod.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { single, tensor } from "../engine/single_operator.ts";

function two(op: OperatorName, tensors: readonly ModelTensor[], activation: Activation = "NONE") {
  const [left, right, output] = tensors.map((each) => ({ ...each }));
  const attributes = { activation, potScaleInt16: false };
  return single(op, attributes as never, { inputs: [left, right], outputs: [output] });
}

const int32 = tensor("int32", [3]);
const real = tensor("float32", [2]);

Deno.test("int32 wraps; a fused activation clamps differences and products, not sums", () => {
  const inputs = [Int32Array.of(2 ** 31 - 1, 5, -7), Int32Array.of(1, 4, 3)];
  const expected = {
    ADD: [-(2 ** 31), 9, -4],
    SUB: [6, 1, 0],
    MUL: [6, 6, 0],
    SQUARED_DIFFERENCE: [Math.imul(2 ** 31 - 2, 2 ** 31 - 2), 1, 100],
  };
  for (const op of ["ADD", "SUB", "MUL", "SQUARED_DIFFERENCE"] as const) {
    const model = two(op, [int32, int32, int32], "RELU6");
    using engine = createEngine(model);
    using dsp = createEngine(model, { dsp: true });
    const outputs = [Int32Array.from(expected[op])];
    assertEquals(runReference(model, inputs).outputs, outputs, op);
    assertEquals(run(engine, inputs), outputs, op);
    assertEquals(run(dsp, inputs), outputs, op);
  }
});

Deno.test("sums and products of float32 end at the largest number, whatever the activation", () => {
  const largest = (2 - 2 ** -23) * 2 ** 127;
  const inputs = [Float32Array.of(3e38, -3e38), Float32Array.of(2e38, 2e38)];
  const expected = {
    ADD: { NONE: [largest, Math.fround(-1e38)], RELU: [largest, 0] },
    SUB: { NONE: [Math.fround(1e38), -largest], RELU: [Math.fround(1e38), 0] },
    MUL: { NONE: [largest, -largest], RELU: [largest, 0] },
  };
  for (const op of ["ADD", "SUB", "MUL"] as const) {
    for (const activation of ["NONE", "RELU"] as const) {
      const model = two(op, [real, real, real], activation);
      using engine = createEngine(model);
      using dsp = createEngine(model, { dsp: true });
      const { outputs: [reference] } = runReference(model, inputs);
      for (const output of [reference, run(engine, inputs)[0], run(dsp, inputs)[0]]) {
        const near = expected[op][activation];
        output.forEach((value, i) => assertNear(Number(value), near[i], `${op} ${activation}`));
      }
    }
  }
});

function assertNear(found: number, needed: number, what: string): void {
  if (Math.abs(found - needed) > 1e-6 * Math.abs(needed)) throw new Error(`${what}: ${found}`);
}

Deno.test("-0 stays where an activation lets 0 through, as in TensorFlow Lite's clamp", () => {
  const model = two("MUL", [real, real, real], "RELU");
  const [output] = runReference(model, [Float32Array.of(-0, 1), Float32Array.of(2, 3)]).outputs;
  assertEquals([...output].map((x) => Object.is(x, -0)), [true, false]);
});

Deno.test("quantized int32 is refused by ADD, SUB and DIV", () => {
  const scaled = tensor("int32", [3], [0.5, 0]);
  for (const op of ["ADD", "SUB", "DIV"] as const) {
    const model = two(op, [scaled, int32, int32]);
    assertThrows(() => createEngine(model), EngineError, `${op}: tensor "" of quantized int32`);
  }
});

Deno.test("comparisons of int8 need scales below 1, and their output is of bool", () => {
  const [wide, narrow] = [1, 0.5].map((scale) => tensor("int8", [3], [scale, 0]));
  const truth = tensor("bool", [3]);
  const large = single("LESS", {}, { inputs: [narrow, wide], outputs: [truth] });
  assertThrows(() => createEngine(large), EngineError, 'a scale of "" of 1');
  const numeric = single("LESS", {}, { inputs: [narrow, narrow], outputs: [narrow] });
  assertThrows(() => createEngine(numeric), EngineError, "output of type int8");
});

Deno.test("int8 is compared as multiples of 1 / 256", () => {
  const [half, third] = [0.5, Math.fround(1 / 3)].map((scale) => tensor("int8", [3], [scale, 1]));
  const model = single("GREATER", {}, { inputs: [half, third], outputs: [tensor("bool", [3])] });
  const inputs = [Int8Array.of(3, 3, 3), Int8Array.of(3, 4, 5)];
  assertEquals(runReference(model, inputs).outputs, [Uint8Array.of(1, 0, 0)]);
  // 2^-12 is below half of 1 / 256: no two elements differ by enough.
  const fine = tensor("int8", [3], [2 ** -12, 0]);
  const equal = single("EQUAL", {}, {
    inputs: [fine, { ...fine }],
    outputs: [tensor("bool", [3])],
  });
  const pairs = [Int8Array.of(0, 0, 0), Int8Array.of(7, 8, 9)];
  assertEquals(runReference(equal, pairs).outputs, [Uint8Array.of(1, 0, 0)]);
});

Deno.test("ADD_N needs one shape and one quantization", () => {
  const [a, b] = [0.5, 0.25].map((scale) => tensor("int8", [3], [scale, 0]));
  const model = single("ADD_N", {}, { inputs: [a, b], outputs: [a] });
  assertThrows(() => createEngine(model), EngineError, "ADD_N: inputs of scale 0.5");
});

Deno.test("SELECT_V2 takes single elements of any number of dimensions", () => {
  const model = single("SELECT_V2", {}, {
    inputs: [tensor("bool", [1]), tensor("float32", []), tensor("float32", [1, 1])],
    outputs: [tensor("float32", [1])],
  });
  const inputs = [Uint8Array.of(0), Float32Array.of(1), Float32Array.of(2)];
  using engine = createEngine(model);
  assertEquals(run(engine, inputs), [Float32Array.of(2)]);
});
