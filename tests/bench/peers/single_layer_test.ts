import { type ConstantArray, elements, runReference, zoo } from "tinyloom";
import { assertEquals } from "../../assert.ts";
import { layerOf, singleLayers } from "./single_layer.ts";

Deno.test("layers of a model are found by shape, and counted", () => {
  const layers = singleLayers(zoo("mlperf-tiny-kws"));
  assertEquals(layers.map(({ name, count }) => [name, count]), [
    ["CONV_2D 49x10 10x4 s2 1 -> 64", 1],
    ["DEPTHWISE_CONV_2D 25x5 3x3 s1 64 -> 64", 4],
    ["CONV_2D 25x5 1x1 s1 64 -> 64", 4],
  ]);
});

Deno.test("a layer alone computes what it computes in its model", () => {
  const model = zoo("mlperf-tiny-ic");
  const input = Int8Array.from(
    { length: elements(model.tensors[model.inputs[0]].shape) },
    (_, i) => (i * 73) % 256 - 128,
  );
  const values = new Map<number, ConstantArray>();
  runReference(model, [input], { onTensor: (index, found) => values.set(index, found.slice()) });
  for (const operator of model.operators) {
    const inputs = operator.inputs.flatMap((index) => values.get(index) ?? []);
    const [output] = runReference(layerOf(operator, model), inputs).outputs;
    assertEquals(output, values.get(operator.outputs[0]));
  }
});
