// Operators that move elements, and sums of them: literal cases, and all types of the movers on tensors
// that threads share.
import {
  type ConstantArray,
  createEngine,
  createPool,
  type Dtype,
  EngineError,
  type Model,
  run,
  runReference,
} from "../../mod.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { Numbers } from "../engine/random_layer.ts";
import { randomValues } from "../engine/random_tensor.ts";
import { constant, list, run as reference, single, tensor } from "../engine/single_operator.ts";

Deno.test("UNPACK, SPLIT_V, BROADCAST_TO and FILL move large tensors on threads as the reference does", () => {
  using pool = createPool(2);
  const shape = [5, 40, 30];
  for (const dtype of ["float32", "int8", "int32"] as const) {
    const of = (extents: readonly number[]) => tensor(dtype, extents);
    const models = [
      single("UNPACK", { num: 40, axis: -2 }, {
        inputs: [of(shape)],
        outputs: Array.from({ length: 40 }, () => of([5, 30])),
      }),
      single("SPLIT_V", { numSplits: 3 }, {
        inputs: [of(shape), list(10, -1, 7), list(1)],
        outputs: [10, 23, 7].map((extent) => of([5, extent, 30])),
      }),
      single("BROADCAST_TO", {}, { inputs: [of([40, 1]), list(...shape)], outputs: [of(shape)] }),
      single("FILL", {}, { inputs: [list(...shape), of([])], outputs: [of(shape)] }),
    ];
    for (const model of models) {
      const inputs = valuesFor(model);
      const expected = runReference(model, inputs).outputs;
      for (const options of [{}, { checked: true }, { pool }, { dsp: true }]) {
        using engine = createEngine(model, options);
        assertEquals(run(engine, inputs), expected, `${model.operators[0].op} of ${dtype}`);
      }
    }
  }
});

Deno.test("BROADCAST_TO takes elements of 8 bytes", () => {
  const model = single("BROADCAST_TO", {}, {
    inputs: [tensor("int64", [2, 1]), list(2, 2)],
    outputs: [tensor("int64", [2, 2])],
  });
  assertEquals(engineOf(model, BigInt64Array.of(3n, -(2n ** 60n))), [
    BigInt64Array.of(3n, 3n, -(2n ** 60n), -(2n ** 60n)),
  ]);
});

Deno.test("FILL takes its shape in integers of all sizes, and refuses another", () => {
  const model = (values: ConstantArray, dtype: Dtype) =>
    single("FILL", {}, {
      inputs: [constant(dtype, values), tensor("int8", [])],
      outputs: [tensor("int8", [2, 3])],
    });
  const value = new Int8Array([-7]);
  for (
    const [values, dtype] of [[Int8Array.of(2, 3), "int8"], [Int16Array.of(2, 3), "int16"]] as const
  ) {
    assertEquals(engineOf(model(values, dtype), value), [new Int8Array(6).fill(-7)]);
  }
  assertThrows(() => createEngine(model(Int8Array.of(3, 2), "int8")), EngineError, "shape [3,2]");
});

Deno.test("PADV2 pads with its value, without one as PAD does", () => {
  const of = (...shape: number[]) => tensor("int8", shape, [0.5, 4]);
  const padding = constant("int32", Int32Array.of(1, 0), { shape: [1, 2] });
  const inputs = [of(2), padding];
  const outputs = [of(3)];
  const data = new Int8Array([1, 2]);
  const without = single("PADV2", {}, { inputs, outputs });
  assertEquals(engineOf(without, data), [new Int8Array([4, 1, 2])]);
  const given = single("PADV2", {}, { inputs: [...inputs, of()], outputs });
  assertEquals(engineOf(given, data, new Int8Array([-9])), [new Int8Array([-9, 1, 2])]);
  const other = single("PADV2", {}, {
    inputs: [...inputs, tensor("int8", [], [0.25, 4])],
    outputs,
  });
  assertThrows(() => createEngine(other), EngineError, "not quantized as the output is");
});

Deno.test("MIRROR_PAD repeats the first element behind data that is used up", () => {
  const model = single("MIRROR_PAD", { mode: 0 }, {
    inputs: [tensor("float32", [2]), constant("int32", Int32Array.of(1, 3), { shape: [1, 2] })],
    outputs: [tensor("float32", [6])],
  });
  const x = new Float32Array([1, 2]);
  assertEquals(reference(model, x), [2, 1, 2, 1, 1, 1]);
  assertEquals(engineOf(model, x), [new Float32Array([2, 1, 2, 1, 1, 1])]);
  const longer = single("MIRROR_PAD", { mode: 0 }, {
    inputs: [tensor("float32", [2]), constant("int32", Int32Array.of(2, 0), { shape: [1, 2] })],
    outputs: [tensor("float32", [4])],
  });
  assertThrows(() => createEngine(longer), EngineError, "a padding that is not within the data");
});

Deno.test("GATHER_ND takes indices that are out of range one by one but not together", () => {
  const model = single("GATHER_ND", {}, {
    inputs: [tensor("int8", [2, 3]), tensor("int32", [1, 2])],
    outputs: [tensor("int8", [1])],
  });
  const x = new Int8Array([1, 2, 3, 4, 5, 6]);
  assertEquals(engineOf(model, x, Int32Array.of(1, -2)), [new Int8Array([2])]);
  assertThrows(() => engineOf(model, x, Int32Array.of(1, 3)), EngineError, "operator 0 GATHER_ND");
});

Deno.test("an engine that refused indices runs again", () => {
  const model = single("GATHER", { axis: 0, batchDims: 0 }, {
    inputs: [tensor("int8", [2]), tensor("int32", [1])],
    outputs: [tensor("int8", [1])],
  });
  using engine = createEngine(model);
  const x = new Int8Array([5, 6]);
  assertThrows(
    () => run(engine, [x, Int32Array.of(2)]),
    EngineError,
    "operator 0 GATHER: an index",
  );
  assertEquals(run(engine, [x, Int32Array.of(1)]), [new Int8Array([6])]);
});

Deno.test("SUM and REDUCE_MAX over nothing give 0 and the least number", () => {
  const model = (op: "SUM" | "REDUCE_MAX", dtype: Dtype) =>
    single(op, { keepDims: false }, {
      inputs: [tensor(dtype, [0, 2], [0.5, 7]), list(0)],
      outputs: [tensor(dtype, [2], [0.5, 7])],
    });
  assertEquals(engineOf(model("SUM", "int8"), new Int8Array(0)), [new Int8Array([0, 0])]);
  assertEquals(engineOf(model("REDUCE_MAX", "int8"), new Int8Array(0)), [
    new Int8Array([-128, -128]),
  ]);
});

Deno.test("REDUCE_MAX finds no infinity below, and passes by what is no number", () => {
  const model = single("REDUCE_MAX", { keepDims: false }, {
    inputs: [tensor("float32", [2, 2]), list(1)],
    outputs: [tensor("float32", [2])],
  });
  const x = new Float32Array([-Infinity, -Infinity, NaN, 1]);
  const most = (2 - 2 ** -23) * 2 ** 127;
  assertEquals(engineOf(model, x), [new Float32Array([-most, 1])]);
});

/** What the engine gives, which is what the reference gives. */
function engineOf(model: Model, ...inputs: ConstantArray[]): readonly ConstantArray[] {
  const { outputs } = runReference(model, inputs);
  using engine = createEngine(model, { checked: true });
  assertEquals(run(engine, inputs), outputs);
  return outputs;
}

function valuesFor(model: Model): ConstantArray[] {
  const random = new Numbers(7);
  return model.inputs.map((index) => {
    const { dtype, shape } = model.tensors[index];
    return randomValues({ dtype, shape }, random);
  });
}

Deno.test("MEAN, SUM and REDUCE_MIN of a scalar pass it on, whatever axes are given", () => {
  for (const op of ["MEAN", "SUM", "REDUCE_MIN"] as const) {
    const model = single(op, { keepDims: false }, {
      inputs: [tensor("float32", []), list(3)],
      outputs: [tensor("float32", [])],
    });
    assertEquals(engineOf(model, new Float32Array([-1.5])), [new Float32Array([-1.5])]);
  }
});
