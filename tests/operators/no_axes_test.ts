import { createEngine, EngineError, type ModelTensor, planMemory, validatePlan } from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";

const tensor = (...shape: number[]): ModelTensor => (
  { name: "", dtype: "float32", shape, quantization: null, data: null, isVariable: false }
);

for (const op of ["SUM", "REDUCE_MAX", "REDUCE_MIN"] as const) {
  Deno.test(`${op} without axes is planned, and refused where it is to run`, () => {
    const model = {
      name: "",
      description: "",
      tensors: [tensor(1, 8), tensor(1)],
      operators: [{ op, inputs: [0], outputs: [1], version: 1, attributes: { keepDims: false } }],
      inputs: [0],
      outputs: [1],
      metadata: [],
      signatures: [],
      otherSubgraphs: [],
      lost: [],
    };
    const plan = planMemory(model);
    assertEquals(validatePlan(plan, model), []);
    const error = assertThrows(() => createEngine(model, { plan }), EngineError);
    assertEquals((error as EngineError).reason, "no axes to reduce over, needed a second input");
  });
}
