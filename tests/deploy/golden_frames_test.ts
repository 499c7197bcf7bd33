import { emitC, type ModelTensor } from "tinyloom";
import { assertEquals } from "../assert.ts";

const tensor = (dtype: ModelTensor["dtype"], ...shape: number[]): ModelTensor => (
  { name: "", dtype, shape, quantization: null, data: null, isVariable: false }
);

Deno.test("golden vectors of a model that refuses random indices are for zeros", () => {
  const model = {
    name: "",
    description: "",
    tensors: [tensor("float32", 4, 2), tensor("int32", 3), tensor("float32", 3, 2)],
    operators: [
      {
        op: "GATHER",
        inputs: [0, 1],
        outputs: [2],
        version: 1,
        attributes: { axis: 0, batchDims: 0 },
      } as const,
    ],
    inputs: [0, 1],
    outputs: [2],
    metadata: [],
    signatures: [],
    otherSubgraphs: [],
    lost: [],
  };
  const { files } = emitC(model, { prefix: "pick" });
  const golden = files["test/pick_golden.h"];
  // One frame: 8 floats and 3 indices in, 6 floats out.
  const arrays = [...golden.matchAll(/\{([^}]*)\}/g)]
    .map(([, text]) => text.replace(/\/\*.*?\*\//g, "").split(",").map(Number).slice(0, -1));
  assertEquals(arrays.map((bytes) => bytes.length), [32, 12, 24]);
  assertEquals(new Set(arrays.flat()), new Set([0]));
});
