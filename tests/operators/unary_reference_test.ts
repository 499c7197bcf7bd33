// Operators of one input, worked out by hand.
import type { Dtype } from "../../mod.ts";
import { list, run, single, tensor } from "../engine/single_operator.ts";
import { assertEquals, assertThrows } from "../assert.ts";

Deno.test("CAST cuts float32 towards zero; what does not fit becomes what x86-64 makes of it", () => {
  const values = new Float32Array([1.9, -1.9, 300.5, 2 ** 31, -(2 ** 31), 2 ** 40, NaN, -1]);
  const cast = (to: Dtype) =>
    run(
      single("CAST", { inDataType: "float32", outDataType: to }, {
        inputs: [tensor("float32", [8])],
        outputs: [tensor(to, [8])],
      }),
      values,
    );
  assertEquals(cast("int8"), [1, -1, 44, 0, 0, 0, 0, -1]);
  assertEquals(cast("int16"), [1, -1, 300, 0, 0, 0, 0, -1]);
  const least = -(2 ** 31);
  assertEquals(cast("int32"), [1, -1, 300, least, least, least, least, -1]);
  const wrapped = 2 ** 32 - 1;
  assertEquals(cast("uint32"), [1, wrapped, 300, 2 ** 31, 2 ** 31, 0, 0, wrapped]);
});

Deno.test("CAST takes no type that TensorFlow Lite Micro's kernel does not take", () => {
  for (const [from, to] of [["float32", "bool"], ["int64", "int32"], ["uint8", "int8"]] as const) {
    const model = single("CAST", { inDataType: from, outDataType: to }, {
      inputs: [tensor(from, [1])],
      outputs: [tensor(to, [1])],
    });
    assertThrows(() => run(model, new Int8Array(1)), Error, "needed");
  }
});

Deno.test("ABS of int16 without quantization wraps, with it saturates", () => {
  const abs = (quantization: readonly [number, number] | null) =>
    run(
      single("ABS", {}, {
        inputs: [tensor("int16", [3], quantization)],
        outputs: [tensor("int16", [3], quantization)],
      }),
      new Int16Array([-32768, -5, 7]),
    );
  assertEquals(abs(null), [-32768, 5, 7]);
  assertEquals(abs([0.5, 0]), [32767, 5, 7]);
});

Deno.test("L2_NORMALIZATION of int8 is in units of 1/128; rows of zeros stay", () => {
  const model = single("L2_NORMALIZATION", { activation: "NONE" }, {
    inputs: [tensor("int8", [2, 2], [0.25, 10])],
    outputs: [tensor("int8", [2, 2], [1, 99])],
  });
  assertEquals(run(model, new Int8Array([13, 14, 10, 10])), [77, 102, 0, 0]);
});

Deno.test("LOG_SOFTMAX of int8 is in units of 1/16 below 127", () => {
  const model = single("LOG_SOFTMAX", {}, {
    inputs: [tensor("int8", [1, 2], [1, 0])],
    outputs: [tensor("int8", [1, 2], [1 / 16, 127])],
  });
  // log(1 / (1 + exp(-1))) = -0.313, and 1 less.
  assertEquals(run(model, new Int8Array([1, 0])), [122, 106]);
  // Too far below the maximum for 255 / 16.
  assertEquals(run(model, new Int8Array([127, -128])), [127, -128]);
});

Deno.test("ARG_MAX takes the first of several, and nothing after NaN", () => {
  const model = single("ARG_MAX", { outputType: "int32" }, {
    inputs: [tensor("float32", [2, 3]), list(-1)],
    outputs: [tensor("int32", [2])],
  });
  assertEquals(run(model, new Float32Array([1, 3, 3, NaN, 5, 6])), [1, 0]);
});

Deno.test("ZEROS_LIKE of int8 gives the integer 0, whatever the zero point", () => {
  const model = single("ZEROS_LIKE", {}, {
    inputs: [tensor("int8", [2], [1, 7])],
    outputs: [tensor("int8", [2], [1, 7])],
  });
  assertEquals(run(model, new Int8Array([3, -4])), [0, 0]);
});
