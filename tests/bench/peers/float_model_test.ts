import { constantValues, elements, runReference, zoo } from "tinyloom";
import { assert, assertThrows } from "../../assert.ts";
import { floatModel } from "./float_model.ts";

Deno.test("the float32 network gives what the int8 one approximates", () => {
  const model = zoo("mlperf-tiny-kws");
  const real = (tensor: number, values: Int8Array) => {
    const { scales: [scale], zeroPoints: [zeroPoint] } = model.tensors[tensor].quantization!;
    return Float32Array.from(values, (value) => scale * (value - zeroPoint));
  };
  const input = Int8Array.from(
    { length: elements(model.tensors[model.inputs[0]].shape) },
    (_, i) => (i * 37) % 256 - 128,
  );
  const [quantized] = runReference(model, [input]).outputs;
  const expected = real(model.outputs[0], quantized as Int8Array);
  const [output] = runReference(floatModel(model), [real(model.inputs[0], input)]).outputs;
  assert(output instanceof Float32Array);
  output.forEach((value, i) => assert(Math.abs(value - expected[i]) < 0.1));
});

Deno.test("weights per channel become the real numbers they stand for", () => {
  const model = zoo("mlperf-tiny-kws");
  const index = model.operators.find(({ op }) => op === "DEPTHWISE_CONV_2D")!.inputs[1];
  const channels = model.tensors[index].shape[3];
  const integers = constantValues(model.tensors[index]) as Int8Array;
  const reals = constantValues(floatModel(model).tensors[index]) as Float32Array;
  const { scales } = model.tensors[index].quantization!;
  reals.forEach((value, i) => assert(value === Math.fround(scales[i % channels] * integers[i])));
});

Deno.test("a network with float edges is refused", () => {
  const model = zoo("mlperf-tiny-kws", { floatEdges: true });
  assertThrows(() => floatModel(model), TypeError, "QUANTIZE");
});
