// One rule for reference and engine: what one of them refuses the other refuses in the same words.
import {
  createEngine,
  EngineError,
  type Model,
  planMemory,
  readModel,
  run,
  runReference,
  validatePlan,
  writeModel,
} from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";
import { constant, list, single, tensor } from "../engine/single_operator.ts";

type Frame = Parameters<typeof run>[1];

/** What both say of a frame. */
function refusalOf(model: Model, frame: Frame): string {
  const said = [
    () => runReference(model, frame),
    () => {
      using engine = createEngine(model);
      run(engine, frame);
    },
  ].map((act) => {
    try {
      act();
    } catch (error) {
      return `${error}`;
    }
    throw new Error("it was not refused");
  });
  assertEquals(said[1], said[0]);
  return said[0];
}

Deno.test("NaN that a QUANTIZE behind another operator would take is refused in the same words", () => {
  const pad = single("PAD", {}, {
    inputs: [tensor("float32", [1, 2]), { ...list(0, 0, 0, 1), shape: [2, 2] }],
    outputs: [tensor("float32", [1, 3])],
  });
  const quantized = tensor("int8", [1, 3], [0.5, 0]);
  const model: Model = {
    ...pad,
    tensors: [...pad.tensors, quantized],
    operators: [...pad.operators, {
      op: "QUANTIZE",
      attributes: {},
      version: 1,
      inputs: [2],
      outputs: [3],
    }],
    outputs: [3],
  };
  assertEquals(
    refusalOf(model, [Float32Array.of(1, NaN)]),
    'RangeError: QUANTIZE of NaN in tensor ""',
  );
});

Deno.test("a box whose size comes at run time is refused if it is not the output's", () => {
  const sizes = tensor("int32", [1]);
  const model = single("SLICE", {}, {
    inputs: [tensor("int8", [4]), list(1), sizes],
    outputs: [tensor("int8", [2])],
  });
  const x = Int8Array.of(5, 6, 7, 8);
  using engine = createEngine(model);
  for (const [size, isRight] of [[2, true], [-1, false], [3, false], [0, false]] as const) {
    const frame = [x, Int32Array.of(size)];
    if (!isRight) {
      assertEquals(
        refusalOf(model, frame),
        "EngineError: operator 0 SLICE: a box that is not within the input, or not of the output's shape",
      );
    } else assertEquals(run(engine, frame), [Int8Array.of(6, 7)]);
  }
});

Deno.test("constants of types that nothing computes with are refused as such", () => {
  const svdf = (bias: "bfloat16" | "uint32") =>
    single("SVDF", { rank: 1, activation: "NONE", asymmetricQuantizeInputs: false }, {
      inputs: [
        tensor("float32", [1, 2]),
        constant("float32", new Float32Array(4), { shape: [2, 2] }),
        constant("float32", new Float32Array(6), { shape: [2, 3] }),
        { ...tensor(bias, [2]), data: new Uint8Array(bias === "uint32" ? 8 : 4) },
        { ...tensor("float32", [1, 6]), isVariable: true },
      ],
      outputs: [tensor("float32", [1, 2])],
    });
  const frame = [new Float32Array(2)];
  assertEquals(
    refusalOf(svdf("bfloat16"), frame),
    'EngineError: operator 0 SVDF: constant "" of type bfloat16, which nothing computes with',
  );
  assertEquals(
    refusalOf(svdf("uint32"), frame),
    'EngineError: operator 0 SVDF: tensor "" of type uint32, needed float32',
  );
});

Deno.test("parts of SPLIT that are not the data's along its axis are refused as a model", () => {
  const model = single("SPLIT", { numSplits: 2 }, {
    inputs: [list(0), tensor("int8", [1, 4])],
    outputs: [tensor("int8", [1, 2]), tensor("int8", [1, 2])],
  });
  assertThrows(() => writeModel(model), Error, "output of shape [1,2], needed [0.5,4]");
  const right = single("SPLIT", { numSplits: 2 }, {
    inputs: [list(-1), tensor("int8", [1, 4])],
    outputs: [tensor("int8", [1, 2]), tensor("int8", [1, 2])],
  });
  using engine = createEngine(readModel(writeModel(right)));
  assertEquals(run(engine, [Int8Array.of(1, 2, 3, 4)]), [Int8Array.of(1, 2), Int8Array.of(3, 4)]);
});

Deno.test("a result that is known before the run is the output, also behind DEQUANTIZE", () => {
  const model = single("DEQUANTIZE", {}, {
    inputs: [
      constant("int8", Int8Array.of(2, -4), {
        quantization: { scales: [0.5], zeroPoints: [0], axis: 0 },
      }),
    ],
    outputs: [tensor("float32", [2])],
  });
  const plan = planMemory(model);
  assertEquals(plan.outputs, [1]);
  assertEquals(validatePlan(plan, model), []);
  using engine = createEngine(model, { plan });
  assertEquals(run(engine, []), [Float32Array.of(1, -2)]);
});

Deno.test("amounts of a PAD of other types are left to the run, which refuses them", () => {
  const model = single("PAD", {}, {
    inputs: [tensor("int8", [1, 2, 2, 1], [1, 0]), {
      ...tensor("int8", [4, 2]),
      data: new Uint8Array(8),
    }],
    outputs: [tensor("int8", [1, 2, 2, 1], [1, 0])],
  });
  assertEquals(validatePlan(planMemory(model), model), []);
  assertThrows(() => createEngine(model), EngineError);
  refusalOf(model, [new Int8Array(4)]);
});

Deno.test("a division without a quotient is refused in the same words, whatever it lacks", () => {
  const model = single("DIV", { activation: "NONE" }, {
    inputs: [tensor("int32", [2]), tensor("int32", [2])],
    outputs: [tensor("int32", [2])],
  });
  for (const [a, b] of [[5, 0], [-(2 ** 31), -1]]) {
    assertEquals(
      refusalOf(model, [Int32Array.of(1, a), Int32Array.of(1, b)]),
      "EngineError: operator 0 DIV: division by 0, or division of -2147483648 by -1",
    );
  }
});

Deno.test("a bias of int64 that is computed is refused: its sums may have more than 48 bits", () => {
  const weights = { scales: [0.5], zeroPoints: [0], axis: 0 };
  const dense = (bias: Parameters<typeof single>[2]["inputs"][number]) =>
    single("FULLY_CONNECTED", {
      activation: "NONE",
      weightsFormat: "DEFAULT",
      keepNumDims: false,
      asymmetricQuantizeInputs: false,
      quantizedBiasType: "float32",
    }, {
      inputs: [
        tensor("int16", [1, 2], [0.5, 0]),
        constant("int8", Int8Array.of(1, 2), { shape: [1, 2], quantization: weights }),
        bias,
      ],
      outputs: [tensor("int16", [1, 1], [0.5, 0])],
    });
  const frame = [Int16Array.of(4, 6), BigInt64Array.of(2n ** 60n)];
  assertEquals(
    refusalOf(dense(tensor("int64", [1])), frame),
    "EngineError: operator 0 FULLY_CONNECTED: bias of int64 that is computed, needed a constant: " +
      "sums are of 48 bits",
  );
  using engine = createEngine(dense(constant("int64", BigInt64Array.of(8n))));
  assertEquals(run(engine, frame.slice(0, 1)), [Int16Array.of(12)]);
});
