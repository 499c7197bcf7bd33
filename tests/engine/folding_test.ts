import {
  createEngine,
  emitC,
  EngineError,
  foldedOperators,
  type Model,
  type ModelTensor,
  type Operator,
  planMemory,
  readModel,
  run,
  runReference,
  validatePlan,
  writeModel,
} from "tinyloom";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";

function tensor(dtype: "int8" | "int32" | "float32", shape: readonly number[]): ModelTensor {
  const quantization = dtype === "int8" ? { scales: [0.5], zeroPoints: [0], axis: 0 } : null;
  return { name: "", dtype, shape, quantization, data: null, isVariable: false };
}

function integers(...values: number[]): ModelTensor {
  return {
    ...tensor("int32", [values.length]),
    data: new Uint8Array(Int32Array.from(values).buffer),
  };
}

function modelOf(
  tensors: readonly ModelTensor[],
  operators: readonly Operator[],
  outputs: readonly number[],
): Model {
  return {
    ...{ name: "folded", description: "", tensors, operators, inputs: [0], outputs },
    ...{ metadata: [], signatures: [], otherSubgraphs: [], lost: [] },
  };
}

/** [2, 3, 4] to [2, 12] as exporters write it: shape, its first element, a product, both packed. */
const chain = modelOf(
  [
    tensor("int8", [2, 3, 4]),
    tensor("int32", [3]),
    ...[integers(0), integers(1), integers(1)],
    tensor("int32", []),
    ...[{ ...integers(12), shape: [] }, { ...integers(1), shape: [] }, tensor("int32", [])],
    tensor("int32", [2]),
    tensor("int8", [2, 12]),
  ],
  [
    { op: "SHAPE", inputs: [0], outputs: [1], version: 1, attributes: { outType: "int32" } },
    {
      ...{ op: "STRIDED_SLICE", inputs: [1, 2, 3, 4], outputs: [5], version: 1 },
      attributes: {
        ...{ beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 1 },
        offset: false,
      },
    },
    {
      ...{ op: "MUL", inputs: [6, 7], outputs: [8], version: 1 },
      attributes: { activation: "NONE" },
    },
    {
      ...{ op: "PACK", inputs: [5, 8], outputs: [9], version: 1 },
      attributes: { valuesCount: 2, axis: 0 },
    },
    { op: "RESHAPE", inputs: [0, 9], outputs: [10], version: 1, attributes: { newShape: [] } },
  ],
  [10, 9],
);
const input = Int8Array.from({ length: 24 }, (_, i) => i - 12);

Deno.test("a shape chain is worked out before the run, and neither planned nor run", () => {
  const model = readModel(writeModel(chain));
  assertEquals(foldedOperators(model), [0, 1, 2, 3]);
  const plan = planMemory(model);
  assertEquals(plan.peakBytes, 24);
  assertEquals(plan.removed.map(({ technique }) => technique), [
    ...new Array(4).fill("fold-constants"),
    "alias-views",
  ]);
  assertEquals(validatePlan(plan, model), []);
  const right = [input, Int32Array.of(2, 12)];
  assertEquals(runReference(model, [input]).outputs, right);
  for (const options of [{}, { plan }, { checked: true }, { threads: 2 }]) {
    using engine = createEngine(model, options);
    assertEquals(run(engine, [input]), right);
    assertEquals(validatePlan(engine.plan, model), []);
  }
  assertEquals(emitC(chain).layers, []);
});

Deno.test("a plan may leave out only what is known", () => {
  const plan = planMemory(chain);
  const [first] = chain.operators;
  const given = { ...first, op: "RELU", attributes: {}, version: 2 } as Operator;
  const model = {
    ...chain,
    tensors: chain.tensors.with(1, tensor("int8", [2, 3, 4])),
    operators: [given],
    outputs: [1],
  };
  const found = validatePlan({ ...plan, removed: plan.removed.slice(0, 1), outputs: [1] }, model);
  assert(found.some(({ message }) => (
    message === "operator 0 is left out, but nothing else does what it does"
  )));
});

// 1, -2, 0.5, 65504 in float16.
const HALVES = Uint8Array.of(0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38, 0xff, 0x7b);

function dequantizing(weights: ModelTensor): Model {
  return modelOf(
    [tensor("float32", [1, 2]), weights, tensor("float32", [2, 2]), tensor("float32", [1, 2])],
    [
      { op: "DEQUANTIZE", inputs: [1], outputs: [2], version: 3, attributes: {} },
      {
        ...{ op: "FULLY_CONNECTED", inputs: [0, 2], outputs: [3], version: 1 },
        attributes: {
          activation: "NONE",
          weightsFormat: "DEFAULT",
          keepNumDims: false,
          asymmetricQuantizeInputs: false,
          quantizedBiasType: "float32",
        },
      },
    ],
    [3],
  );
}

Deno.test("float16 weights behind DEQUANTIZE are float32 weights", () => {
  const half: ModelTensor = { ...tensor("float32", [2, 2]), dtype: "float16", data: HALVES };
  const model = readModel(writeModel(dequantizing(half)));
  const right = [Float32Array.of(1 * 3 - 2 * 4, 0.5 * 3 + 65504 * 4)];
  assertEquals(runReference(model, [Float32Array.of(3, 4)]).outputs, right);
  using engine = createEngine(model);
  assertEquals(run(engine, [Float32Array.of(3, 4)]), right);
  assertEquals(engine.layers.length, 1);
  // The halves themselves are not kept.
  assertEquals(engine.plan.flash.weightsBytes, 16);
});

Deno.test("int8 and int4 weights behind DEQUANTIZE are float32 weights, each channel with its scale", () => {
  const quantization = { scales: [0.5, 0.25], zeroPoints: [0, 1], axis: 0 };
  const right = [Float32Array.of(0.5 * (1 * 3 - 2 * 4), 0.25 * ((3 - 1) * 3 + (-8 - 1) * 4))];
  const packed = { dtype: "int4", data: Uint8Array.of(0xe1, 0x83) } as const;
  const plain = { dtype: "int8", data: Uint8Array.of(1, 254, 3, 248) } as const;
  for (const data of [packed, plain]) {
    const model = dequantizing({ ...tensor("float32", [2, 2]), ...data, quantization });
    using engine = createEngine(model);
    assertEquals(run(engine, [Float32Array.of(3, 4)]), right);
  }
});

Deno.test("what would be known but cannot be worked out is refused with its place", () => {
  const half: ModelTensor = {
    ...tensor("int8", [2, 2]),
    data: HALVES.subarray(4),
    quantization: null,
  };
  const error = assertThrows(() => createEngine(dequantizing(half)), EngineError);
  assertMatch(error.message, /operator 0 DEQUANTIZE: constant "" without a scale/);
});
