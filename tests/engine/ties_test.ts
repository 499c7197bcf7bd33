// Results halfway between integers: every family of kernels rounds them as the reference does.
import { createEngine, type Model, run, runReference } from "../../mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { kindsOf } from "./arm_kernels.ts";
import { tiedLayers } from "./random_ties.ts";
import { constant, single, tensor } from "./single_operator.ts";

Deno.test("results next to halves are rounded as the reference does, in vectors and in scalars", () => {
  kindsOf(tiedLayers, { options: {}, numRuns: 150 });
});

Deno.test("results next to halves are rounded as the reference does with a DSP extension", () => {
  const kinds = kindsOf(tiedLayers, { options: { dsp: true }, numRuns: 250 }).join(", ");
  for (const style of ["positive", "signed", "any"]) {
    assert(kinds.includes(`dsp ${style}`), `${style} among ${kinds}`);
  }
});

Deno.test("results next to halves are rounded as the reference does with Helium", () => {
  const kinds = kindsOf(tiedLayers, { options: { helium: true }, numRuns: 150 }).join(", ");
  for (const style of ["positive", "signed", "any"]) {
    assert(kinds.includes(`helium ${style}`), `${style} among ${kinds}`);
  }
});

Deno.test("channels without a factor give zero, however large their sums are", () => {
  const layer = convolution([2, 2 ** -40, 2 ** -40], {
    bias: [0, 2 ** 30, -(2 ** 31)],
    inputScale: 1,
    outputZero: 5,
  });
  assertExpected(layer, [5, 5, 5]);
});

Deno.test("sums at the ends of int32 are cut off, not wrapped around", () => {
  // The factor is 1 - 2^-26: the zero point takes results beyond int32.
  const scales = [1 - 2 ** -13, 1 - 2 ** -13];
  for (const outputZero of [-128, 127]) {
    const bias = [2 ** 31 - 1, -(2 ** 31)];
    const layer = convolution(scales, { bias, inputScale: 1 + 2 ** -13, outputZero });
    assertExpected(layer, [127, -128]);
  }
});

/** CONV_2D of a pixel of one channel, with weights of 1. */
function convolution(
  scales: readonly number[],
  { bias, inputScale, outputZero }: {
    readonly bias: readonly number[];
    readonly inputScale: number;
    readonly outputZero: number;
  },
): Model {
  const quantization = { scales, zeroPoints: scales.map(() => 0), axis: 0 };
  const filters = scales.length;
  return single("CONV_2D", {
    activation: "NONE",
    padding: "SAME",
    strideH: 1,
    strideW: 1,
    dilationH: 1,
    dilationW: 1,
    quantizedBiasType: "int32",
  }, {
    inputs: [
      tensor("int8", [1, 1, 1, 1], [inputScale, 0]),
      constant("int8", new Int8Array(filters).fill(1), {
        shape: [filters, 1, 1, 1],
        quantization,
      }),
      constant("int32", Int32Array.from(bias)),
    ],
    outputs: [tensor("int8", [1, 1, 1, filters], [1, outputZero])],
  });
}

/** Of an input of 0, by the reference and by every family of kernels. */
function assertExpected(model: Model, expected: readonly number[]): void {
  const [inputs, outputs] = [[Int8Array.of(0)], [Int8Array.from(expected)]];
  assertEquals(runReference(model, inputs).outputs, outputs);
  for (const options of [{}, { dsp: true }, { helium: true }]) {
    using engine = createEngine(model, options);
    const what = engine.layers.map(({ kernel }) => kernel).join();
    assertEquals(run(engine, inputs), outputs, what);
  }
}
