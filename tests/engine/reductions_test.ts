import { assertEquals, assertThrows } from "../assert.ts";
import { list, run, single, tensor } from "./single_operator.ts";

const pool = {
  activation: "NONE",
  padding: "SAME",
  strideH: 2,
  strideW: 2,
  filterH: 2,
  filterW: 2,
} as const;

Deno.test("AVERAGE_POOL_2D leaves padding out and rounds halves away from zero", () => {
  const model = single("AVERAGE_POOL_2D", pool, {
    inputs: [tensor("int8", [1, 3, 3, 1], [1, 5])],
    outputs: [tensor("int8", [1, 2, 2, 1], [1, 5])],
  });
  // Sums of 4, 2, 2 and 1 pixels: -2, 3, -5, 127.
  const x = new Int8Array([1, -1, 1, -1, -1, 2, -4, -1, 127]);
  assertEquals(run(model, x), [-1, 2, -3, 127]);
});

Deno.test("MAX_POOL_2D clamps to a fused RELU6; float32 averages round once a sum", () => {
  const model = single("MAX_POOL_2D", { ...pool, activation: "RELU6" }, {
    inputs: [tensor("int8", [1, 2, 4, 1], [0.1, -100])],
    outputs: [tensor("int8", [1, 1, 2, 1], [0.1, -100])],
  });
  assertEquals(run(model, new Int8Array([-128, -101, 0, 1, -128, -110, 2, 3])), [-100, -40]);
  const real = single("AVERAGE_POOL_2D", pool, {
    inputs: [tensor("float32", [1, 2, 2, 1])],
    outputs: [tensor("float32", [1, 1, 1, 1])],
  });
  // 2^24 + 1 is not a float32: it is 2^24 again.
  assertEquals(run(real, new Float32Array([2 ** 24, 1, 1, 0])), [2 ** 22]);
});

Deno.test("pooling refuses another quantization of its result", () => {
  const model = single("MAX_POOL_2D", pool, {
    inputs: [tensor("int8", [1, 2, 2, 1], [1, 0])],
    outputs: [tensor("int8", [1, 1, 1, 1], [1, 1])],
  });
  assertThrows(() => run(model, new Int8Array(4)), Error, "operator 0 MAX_POOL_2D: input of scale");
});

Deno.test("MEAN requantizes the sum in one multiplication", () => {
  const model = single("MEAN", { keepDims: false }, {
    inputs: [tensor("int8", [1, 2, 2, 2], [0.5, -128]), list(1, -2)],
    outputs: [tensor("int8", [1, 2], [1, 0])],
  });
  // Channel 0: mean of 0, 255, 0, 0 halves is 31.875; channel 1: of 2, 2, 2, 4 halves is 1.25.
  const x = new Int8Array([-128, -126, 127, -126, -128, -126, -128, -124]);
  assertEquals(run(model, x), [32, 1]);
  const real = single("MEAN", { keepDims: true }, {
    inputs: [tensor("float32", [2, 3]), list(0)],
    outputs: [tensor("float32", [1, 3])],
  });
  assertEquals(run(real, new Float32Array([1, 2, 3, 4, 6, 8])), [2.5, 4, 5.5]);
});

Deno.test("MEAN of many elements takes a factor that is nearly 0", () => {
  const model = single("MEAN", { keepDims: true }, {
    inputs: [tensor("int8", [1, 4096], [2 ** -30, 0]), list(1)],
    outputs: [tensor("int8", [1, 1], [1, 9])],
  });
  assertEquals(run(model, new Int8Array(4096).fill(127)), [9]);
});

Deno.test("SOFTMAX of equal elements shares 1 among them, in every type", () => {
  const model = (
    [input, output]: readonly ["int8" | "uint8" | "int16", "int8" | "uint8" | "int16"],
    quantization: readonly [number, number],
  ) =>
    single("SOFTMAX", { beta: 1 }, {
      inputs: [tensor(input, [2, 4], [0.1, 0])],
      outputs: [tensor(output, [2, 4], quantization)],
    });
  const x = [5, 5, 5, 5, -128, 127, -128, -128];
  const wide = run(model(["int8", "int8"], [2 ** -8, -128]), Int8Array.from(x));
  assertEquals(wide, [-64, -64, -64, -64, -128, 127, -128, -128]);
  const u8 = run(model(["uint8", "uint8"], [2 ** -8, 0]), Uint8Array.from(x, (v) => v + 128));
  assertEquals(u8, [64, 64, 64, 64, 0, 255, 0, 0]);
  const fine = run(model(["int8", "int16"], [2 ** -16, -32768]), Int8Array.from(x));
  assertEquals(fine, [-16384, -16384, -16384, -16384, -32768, 32767, -32768, -32768]);
});

Deno.test("SOFTMAX of float32 is unmoved by a shift of its inputs", () => {
  const model = single("SOFTMAX", { beta: 1 }, {
    inputs: [tensor("float32", [1, 2])],
    outputs: [tensor("float32", [1, 2])],
  });
  assertEquals(run(model, new Float32Array([1000, 1000])), [0.5, 0.5]);
});
