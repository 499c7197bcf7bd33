import type { Dtype } from "../../mod.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { run, single, tensor } from "./single_operator.ts";

const none = { activation: "NONE" } as const;
const sum = { activation: "NONE", potScaleInt16: false } as const;

Deno.test("ADD and SUB of int8 rescale both operands and saturate", () => {
  const operands = {
    inputs: [tensor("int8", [4], [0.5, -128]), tensor("int8", [4], [0.25, 127])],
    outputs: [tensor("int8", [4], [1, 0])],
  };
  // Left 0, 127.5, 0, 64; right -63.75, 0, 0, -0.25.
  const a = new Int8Array([-128, 127, -128, 0]);
  const b = new Int8Array([-128, 127, 127, 126]);
  assertEquals(run(single("ADD", sum, operands), a, b), [-64, 127, 0, 64]);
  assertEquals(run(single("SUB", sum, operands), a, b), [64, 127, 0, 64]);
});

Deno.test("ADD stretches extents of 1, and clamps to a fused RELU", () => {
  const model = single("ADD", { ...sum, activation: "RELU" }, {
    inputs: [tensor("float32", [2, 1]), tensor("float32", [1, 1, 3])],
    outputs: [tensor("float32", [1, 2, 3])],
  });
  const y = run(model, new Float32Array([10, -2]), new Float32Array([1, 2, 3]));
  assertEquals(y, [11, 12, 13, 0, 0, 1]);
});

Deno.test("ADD of uint8 and int16", () => {
  const model = (dtype: Dtype, zeroPoint: number) =>
    single("ADD", sum, {
      inputs: [tensor(dtype, [2], [1, zeroPoint]), tensor(dtype, [2], [1, zeroPoint])],
      outputs: [tensor(dtype, [2], [2, zeroPoint])],
    });
  assertEquals(
    run(model("uint8", 128), new Uint8Array([0, 255]), new Uint8Array([0, 129])),
    [0, 192],
  );
  assertEquals(
    run(model("int16", 0), new Int16Array([-32768, 32767]), new Int16Array([-32768, 1])),
    [-32768, 16384],
  );
});

Deno.test("ADD refuses scales whose ratio its arithmetic cannot hold", () => {
  const operand = tensor("int8", [1], [1, 0]);
  const outputs = [tensor("int8", [1], [2 ** -20, 0])];
  const model = single("ADD", sum, { inputs: [operand, operand], outputs });
  assertThrows(() => run(model, new Int8Array(1)), Error, "operator 0 ADD: scales with a ratio");
});

Deno.test("MUL multiplies what the integers stand for", () => {
  const model = single("MUL", none, {
    inputs: [tensor("int8", [3], [0.5, 127]), tensor("int8", [1], [0.25, -128])],
    outputs: [tensor("int8", [3], [1, 5])],
  });
  // Left 0, -0.5, -127.5; right 63.75.
  assertEquals(run(model, new Int8Array([127, 126, -128]), new Int8Array([127])), [5, -27, -128]);
  const short = single("MUL", none, {
    inputs: [tensor("int16", [2], [2 ** -15, 0]), tensor("int16", [2], [2 ** -15, 0])],
    outputs: [tensor("int16", [2], [2 ** -15, 0])],
  });
  const x = new Int16Array([-32768, 16384]);
  assertEquals(run(short, x, x), [32767, 8192]);
});

Deno.test("RELU requantizes, RELU6 clamps in the input's quantization", () => {
  const inputs = [tensor("int8", [5], [0.1, -10])];
  const outputs = [tensor("int8", [5], [0.05, -128])];
  const x = new Int8Array([-128, -11, -10, 0, 127]);
  // Real: -11.8, -0.1, 0, 1, 13.7.
  assertEquals(run(single("RELU", {}, { inputs, outputs }), x), [-128, -128, -128, -108, 127]);
  assertEquals(run(single("RELU6", {}, { inputs, outputs: inputs }), x), [-10, -10, -10, 0, 50]);
  const real = { inputs: [tensor("float32", [3])], outputs: [tensor("float32", [3])] };
  assertEquals(run(single("RELU6", {}, real), new Float32Array([-1, 2, 7])), [0, 2, 6]);
});

Deno.test("LEAKY_RELU takes slopes below zero and above one", () => {
  const model = (alpha: number) =>
    single("LEAKY_RELU", { alpha }, {
      inputs: [tensor("int8", [4], [1, 0])],
      outputs: [tensor("int8", [4], [1, 1])],
    });
  const x = new Int8Array([-128, -8, 0, 127]);
  assertEquals(run(model(0.25), x), [-31, -1, 1, 127]);
  assertEquals(run(model(2), x), [-128, -15, 1, 127]);
  assertEquals(run(model(-0.5), x), [65, 5, 1, 127]);
});

Deno.test("HARD_SWISH is 0 up to -3 and the identity from 3 on", () => {
  const model = single("HARD_SWISH", {}, {
    inputs: [tensor("int8", [5], [1 / 16, 0])],
    outputs: [tensor("int8", [5], [1 / 16, 0])],
  });
  // -8, -3, 0, 3, 7.9 in sixteenths.
  assertEquals(run(model, new Int8Array([-128, -48, 0, 48, 127])), [0, 0, 0, 48, 127]);
  const real = { inputs: [tensor("float32", [3])], outputs: [tensor("float32", [3])] };
  assertEquals(run(single("HARD_SWISH", {}, real), new Float32Array([-4, 0, 4])), [0, 0, 4]);
  const middle = run(single("HARD_SWISH", {}, real), new Float32Array([0, 3, -1.5]));
  assertEquals(middle, [0, 3, -0.375]);
});

Deno.test("LOGISTIC and TANH reach their ends and middle in every type", () => {
  const cases = [
    ["int8", [2 ** -3, 0], [2 ** -8, -128], [2 ** -7, 0], [-128, 0, 127], [-128, 0, 127]],
    ["uint8", [2 ** -3, 128], [2 ** -8, 0], [2 ** -7, 128], [0, 128, 255], [0, 128, 255]],
    ["int16", [2 ** -12, 0], [2 ** -15, 0], [2 ** -15, 0], [11, 16384, 32757], [
      -32767,
      0,
      32767,
    ]],
  ] as const;
  for (const [dtype, scale, logisticScale, tanhScale, logistic, tanh] of cases) {
    const x = dtype === "int8"
      ? new Int8Array([-128, 0, 127])
      : dtype === "uint8"
      ? new Uint8Array([0, 128, 255])
      : new Int16Array([-32768, 0, 32767]);
    const model = (op: "LOGISTIC" | "TANH", output: readonly [number, number]) =>
      single(op, {}, {
        inputs: [tensor(dtype, [3], scale)],
        outputs: [tensor(dtype, [3], output)],
      });
    assertEquals(run(model("LOGISTIC", logisticScale), x), [...logistic], `LOGISTIC of ${dtype}`);
    assertEquals(run(model("TANH", tanhScale), x), [...tanh], `TANH of ${dtype}`);
  }
});

Deno.test("QUANTIZE rounds halves away from zero, saturates, and refuses NaN", () => {
  const model = single("QUANTIZE", {}, {
    inputs: [tensor("float32", [5])],
    outputs: [tensor("int8", [5], [0.5, 1])],
  });
  const y = run(model, new Float32Array([0.25, -0.25, 1, Infinity, -1e30]));
  assertEquals(y, [2, 0, 3, 127, -128]);
  const bad = new Float32Array([0, NaN, 0, 0, 0]);
  assertThrows(() => run(model, bad), RangeError, "NaN");
});

Deno.test("QUANTIZE moves integers from one quantization to another; DEQUANTIZE gives reals", () => {
  const model = (from: Dtype, to: Dtype) =>
    single("QUANTIZE", {}, {
      inputs: [tensor(from, [2], [0.5, 0])],
      outputs: [tensor(to, [2], [0.25, 3])],
    });
  assertEquals(run(model("int8", "uint8"), new Int8Array([-128, 100])), [0, 203]);
  assertEquals(run(model("int16", "int8"), new Int16Array([-32768, 10])), [-128, 23]);
  assertEquals(run(model("int8", "int32"), new Int8Array([-128, 127])), [-253, 257]);
  const real = single("DEQUANTIZE", {}, {
    inputs: [tensor("int8", [2], [0.1, 127])],
    outputs: [tensor("float32", [2])],
  });
  const scale = Math.fround(0.1);
  assertEquals(run(real, new Int8Array([-128, 127])), [Math.fround(-255 * scale), 0]);
});
