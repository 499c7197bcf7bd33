import { type Dtype, kernelScratch, type Model } from "../../mod.ts";
import { assertEquals } from "../assert.ts";
import { list, single, tensor } from "../engine/single_operator.ts";

Deno.test("TFLM's reductions ask for an index and the axes, sums of integers for sums too", () => {
  const model = (op: "SUM" | "REDUCE_MAX", dtype: Dtype) =>
    single(op, { keepDims: false }, {
      inputs: [tensor(dtype, [2, 3, 5]), list(0, 2)],
      outputs: [tensor(dtype, [3])],
    });
  assertEquals(sizes(model("SUM", "int16")), [12, 12, 8]);
  assertEquals(sizes(model("SUM", "float32")), [12, 8]);
  assertEquals(sizes(model("REDUCE_MAX", "int8")), [12, 8]);
});

Deno.test("TFLM's MIRROR_PAD asks for an index of both tensors", () => {
  const model = single("MIRROR_PAD", { mode: 0 }, {
    inputs: [tensor("int8", [2, 3]), tensor("int32", [2, 2])],
    outputs: [tensor("int8", [2, 4])],
  });
  assertEquals(sizes(model), [8, 8]);
});

function sizes(model: Model): number[] {
  return kernelScratch(model, model.operators[0], "tflm").map(({ sizeBytes }) => sizeBytes);
}
