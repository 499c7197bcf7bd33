// Small inputs that hung, crashed, or gave wrong answers: files of `../shared`, and literal ones.
import {
  affine,
  applySteps,
  compile,
  createEngine,
  decodeImage,
  defineNest,
  type EngineError,
  execute,
  interpret,
  loadTable,
  macs,
  matmul,
  type Model,
  parallel,
  planMemory,
  randomFrame,
  readModel,
  readNpy,
  run,
  runReference,
  tile,
  toJavaScript,
  unroll,
  validatePlan,
  writeModel,
  zoo,
} from "tinyloom";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { findShared } from "../shared_files.ts";

/** A test of a file of golden data, if it is there. */
function shared(name: string, test: (bytes: Uint8Array) => void | Promise<void>): void {
  const bytes = findShared(`cases/robust/${name}`);
  Deno.test({
    name: `cases/robust/${name}`,
    ignore: bytes === null,
    fn: () => test(bytes!),
  });
}

/** Plans validly in all ways of fusion, and runs as the reference does. */
function runsEverywhere(model: Model): void {
  for (const fusion of ["none", "patch", "rolling", "best"] as const) {
    assertEquals(validatePlan(planMemory(model, { fusion }), model), [], fusion);
  }
  const frame = randomFrame(model, { seed: 1 });
  using engine = createEngine(model, { checked: true });
  assertEquals(run(engine, frame), runReference(model, frame).outputs);
}

/** What an engine and the reference say as they refuse a model, which is to be the same. */
function refusalOf(model: Model): EngineError {
  const said = [
    () => createEngine(model)[Symbol.dispose](),
    () => runReference(model, randomFrame(model, { seed: 1 })),
  ].map((act) => {
    try {
      act();
    } catch (error) {
      return error as EngineError;
    }
    throw new Error("it was not refused");
  });
  assertEquals(said[0].name, said[1].name);
  assertEquals(said[0].message, said[1].message);
  return said[0];
}

for (const name of ["zero_size.tflite", "plan_lifetime.tflite", "bound_small.tflite"]) {
  shared(name, (bytes) => runsEverywhere(readModel(bytes)));
}

shared("hang1716.tflite", (bytes) => {
  const model = readModel(bytes);
  for (const fusion of ["patch", "rolling", "best"] as const) {
    assertEquals(validatePlan(planMemory(model, { fusion }), model), []);
  }
});

shared("bound_small.tflite", (bytes) => {
  const plan = planMemory(readModel(bytes), { alignmentBytes: 11 });
  assert(plan.lowerBoundBytes <= plan.peakBytes, `${plan.lowerBoundBytes} above the peak`);
});

for (const name of ["hang_graph422.tflite", "hang_graph690.tflite"]) {
  shared(name, (bytes) => {
    const model = readModel(bytes);
    assertEquals(validatePlan(planMemory(model, { timeLimitMs: 100 }), model), []);
  });
}

for (const name of ["bomb256m.tflite", "bomb_time.tflite"]) {
  shared(name, (bytes) => {
    const model = readModel(bytes);
    const plan = planMemory(model);
    // In bytes rather than intervals this took a minute and a gigabyte.
    assertEquals(validatePlan(plan, model), []);
    const limits = { arenaBytes: plan.peakBytes - 1 };
    assertThrows(() => createEngine(model, { plan, limits }), Error, "(limits.arenaBytes)");
  });
}

shared("huge_window.tflite", (bytes) => {
  assertThrows(() => readModel(bytes), Error, "a window of 2143289344, needed at most 65536");
});

shared("macs_nan.tflite", (bytes) => {
  assertThrows(() => readModel(bytes), Error, "weights of shape [4], needed 2 dimensions");
});

shared("output_lost.tflite", (bytes) => {
  assertThrows(
    () => readModel(bytes),
    Error,
    "output of shape [5,2,80,8], needed 1 in dimension 0",
  );
});

shared("float16_pool.tflite", (bytes) => {
  const { name, message } = refusalOf(readModel(bytes));
  assertEquals([name, message.includes("type float16, needed an integer type")], [
    "EngineError",
    true,
  ]);
});

shared("acc48.tflite", (bytes) => {
  const { name, message } = refusalOf(readModel(bytes));
  assertEquals([name, message.includes("needed one of 47 bits")], ["EngineError", true]);
});

for (const name of ["evilop.tflite", "formula.tflite"]) {
  shared(name, (bytes) => {
    try {
      readModel(bytes);
    } catch (error) {
      // deno-lint-ignore no-control-regex -- these are looked for
      assert(!/[\x00-\x1f\x7f-\x9f]/.test((error as Error).message));
    }
  });
}

shared("huge_samp.jpg", async (bytes) => {
  const message = "JPEG of 11000 x 9000 pixels, needed 1 to 16777216";
  await assertRejects(() => decodeImage(bytes), RangeError, message);
  // With another limit: 37 bytes hold no such picture.
  const limits = { pixels: 1e9 };
  await assertRejects(
    () => decodeImage(bytes, { limits }),
    TypeError,
    "sampling factor that is none of 1 to 4",
  );
});

shared("rgba16.png", async (bytes) => {
  const message = "PNG of 5000 x 5000 pixels, needed 1 to 16777216";
  await assertRejects(() => decodeImage(bytes), RangeError, message);
});

shared("arrow_hang.arrow", async (bytes) => {
  const path = await Deno.makeTempFile({ suffix: ".arrow" });
  try {
    await Deno.writeFile(path, bytes);
    await assertRejects(() => loadTable(path), TypeError, "a list of 16776971 in 856 bytes");
  } finally {
    await Deno.remove(path);
  }
});

const tensor = (shape: readonly number[], more: Partial<Model["tensors"][number]> = {}) =>
  ({
    name: "",
    dtype: "int8",
    shape,
    quantization: { scales: [1], zeroPoints: [0], axis: 0 },
    data: null,
    isVariable: false,
    ...more,
  }) as Model["tensors"][number];

const graph = (
  tensors: Model["tensors"],
  operators: Model["operators"],
  edges: { readonly inputs: readonly number[]; readonly outputs: readonly number[] },
): Model => ({
  name: "",
  description: "",
  tensors,
  operators,
  ...edges,
  metadata: [],
  signatures: [],
  otherSubgraphs: [],
  lost: [],
});

Deno.test("graphs of nothing, of a view alone, and without multiply-accumulates are planned", () => {
  const [x, y] = [tensor([1, 4, 4, 2]), tensor([1, 4, 4, 2])];
  const through = { inputs: [0], outputs: [1] };
  const models = [
    graph([x], [], { inputs: [0], outputs: [0] }),
    graph([x, y], [{
      ...through,
      op: "RESHAPE",
      version: 1,
      attributes: { newShape: [1, 4, 4, 2] },
    }], through),
    graph([x, y], [{ ...through, op: "RELU", version: 1, attributes: {} }], through),
  ];
  const options = [
    {},
    { fusion: "patch" },
    { fusion: "rolling", memoryBudget: 1000 },
    { fusion: "best", macBudget: Infinity },
    { fusion: "best", memoryBudget: 1000 },
  ] as const;
  for (const model of models) {
    for (const each of options) {
      assertEquals(validatePlan(planMemory(model, each), model), [], JSON.stringify(each));
    }
  }
});

Deno.test("tensors without elements, also behind views, are planned and run", () => {
  const relu = { op: "RELU", version: 1, attributes: {} } as const;
  const tensors = [[1, 4], [1, 4], [1, 0], [1, 0], [0, 1]].map((shape) => tensor(shape));
  runsEverywhere(graph(tensors, [
    { ...relu, inputs: [0], outputs: [1] },
    { ...relu, inputs: [2], outputs: [3] },
    { op: "RESHAPE", inputs: [3], outputs: [4], version: 1, attributes: { newShape: [0, 1] } },
  ], { inputs: [0, 2], outputs: [1, 4] }));
});

Deno.test("an unknown extent leaves the other checks of an operator as they are", () => {
  const signature = (shape: readonly number[]) => ({ shapeSignature: shape.with(1, -1) });
  const conv = (attributes: object, filter = [2, 1, 1, 4], output = [1, 4, 4, 2]) => () => {
    const weights = new Uint8Array(filter.reduce((a, b) => a * b, 1));
    return readModel(writeModel(graph(
      [
        tensor([1, 4, 4, 4], signature([1, 4, 4, 4])),
        tensor(filter, { data: weights }),
        tensor(output, signature(output)),
      ],
      [{
        op: "CONV_2D",
        inputs: [0, 1, -1],
        outputs: [2],
        version: 1,
        attributes: {
          padding: "SAME",
          strideH: 1,
          strideW: 1,
          dilationH: 1,
          dilationW: 1,
          activation: "NONE",
          quantizedBiasType: "float32",
          ...attributes,
        } as never,
      }],
      { inputs: [0], outputs: [2] },
    )));
  };
  assert(Number.isFinite(macs(conv({})())));
  for (
    const [build, message] of [
      [conv({ strideW: 0 }), "a stride, dilation or window extent of 0, needed at least 1"],
      [conv({ dilationH: -(2 ** 31) }, [2, 3, 1, 4]), "of -2147483648, needed at least 1"],
      [conv({}, [2, 1, 1, 4], [1, 9, 9, 2]), "output of shape [1,?,9,2], needed 4 in dimension 2"],
      [conv({}, [2, 4]), "[2,4]"],
    ] as const
  ) assertThrows(build, Error, message);
});

Deno.test("8-bit SOFTMAX over many equal elements: engine and reference agree, also where sums end", () => {
  for (const n of [511, 512, 4096, 8191, 8192, 9000]) {
    const model = graph(
      [
        tensor([1, n], { quantization: { scales: [0.1], zeroPoints: [0], axis: 0 } }),
        tensor([1, n], { quantization: { scales: [1 / 256], zeroPoints: [-128], axis: 0 } }),
      ],
      [{ op: "SOFTMAX", inputs: [0], outputs: [1], version: 1, attributes: { beta: 1 } }],
      { inputs: [0], outputs: [1] },
    );
    const input = [new Int8Array(n)];
    using engine = createEngine(model);
    const [found] = run(engine, input);
    assertEquals(found, runReference(model, input).outputs[0], `${n}`);
    // 1 / n in units of 1 / 256 rounds to 1 or to nothing.
    assertEquals(found[0], n === 511 ? -127 : -128, `${n}`);
  }
});

Deno.test("windows larger than any image are refused", () => {
  const pool = (filterW: number) =>
    graph([tensor([1, 1, 6, 6]), tensor([1, 1, 6, 6])], [{
      op: "MAX_POOL_2D",
      inputs: [0],
      outputs: [1],
      version: 1,
      attributes: {
        padding: "SAME",
        strideH: 1,
        strideW: 1,
        filterH: 1,
        filterW,
        activation: "NONE",
      },
    }], { inputs: [0], outputs: [1] });
  runsEverywhere(pool(1000));
  for (const extent of [2 ** 20, 2 ** 31 - 1]) {
    assertThrows(() => createEngine(pool(extent)), Error, "needed at most 65536");
  }
});

/** `y[i] += x[i + K-1 - k] * h[k]`. */
const fir = (taps: number) =>
  defineNest({
    name: "fir",
    extents: { i: 64, k: taps },
    tensors: [
      { name: "x", dtype: "f32", shape: [64 + taps - 1], role: "input" },
      { name: "h", dtype: "f32", shape: [taps], role: "input" },
      { name: "y", dtype: "f32", shape: [64], role: "output" },
    ],
    body: {
      target: { tensor: "y", index: [affine("i")] },
      update: "add",
      value: {
        kind: "binary",
        op: "mul",
        left: { kind: "read", access: { tensor: "x", index: [affine({ i: 1, k: -1 }, taps - 1)] } },
        right: { kind: "read", access: { tensor: "h", index: [affine("k")] } },
      },
    },
  });

Deno.test("indices that fall are followed below the memory's first byte", () => {
  for (const taps of [8, 32, 128, 5000]) {
    const nest = fir(taps);
    const inputs = {
      x: Float32Array.from({ length: 63 + taps }, (_, i) => i % 7),
      h: Float32Array.from({ length: taps }, (_, i) => i % 3),
    };
    const expected = [...interpret(nest, inputs).y];
    for (const each of [nest, unroll(nest, "k", 4), tile(nest, { k: 5 })]) {
      assertEquals([...execute(each, inputs).y], expected, `${taps}`);
    }
  }
});

Deno.test("reads of one tensor with different values outside of it are two", () => {
  const at = (outside: number) =>
    ({ kind: "read", access: { tensor: "I", index: [affine("a", -1)], outside } }) as const;
  const nest = defineNest({
    name: "edge",
    extents: { a: 8 },
    tensors: [
      { name: "I", dtype: "i32", shape: [8], role: "input" },
      { name: "O", dtype: "i32", shape: [8], role: "output" },
    ],
    body: {
      target: { tensor: "O", index: [affine("a")] },
      update: "set",
      value: { kind: "binary", op: "sub", left: at(5), right: at(0) },
    },
  });
  const I = new Int32Array(8).fill(1);
  const expected = [5, 0, 0, 0, 0, 0, 0, 0];
  assertEquals([...interpret(nest, { I }).O], expected);
  for (const each of [nest, unroll(nest, "a", 4), unroll(nest, "a", "full")]) {
    assertEquals([...execute(each, { I }).O], expected);
    const O = new Int32Array(8);
    new Function(`return ${toJavaScript(each)}`)()(I, O);
    assertEquals([...O], expected);
  }
});

Deno.test("a sum starts where points write, and elsewhere what is there stays", () => {
  const nest = defineNest({
    name: "gaps",
    extents: { i: 3, k: 2 },
    tensors: [
      { name: "X", dtype: "f32", shape: [6], role: "input" },
      { name: "Y", dtype: "f32", shape: [6], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine({ i: 2 }, 1)] },
      update: "add",
      start: 7,
      value: { kind: "read", access: { tensor: "X", index: [affine({ i: 2, k: 1 })] } },
    },
  });
  const inputs = { X: Float32Array.of(1, 2, 3, 4, 5, 6) };
  for (const each of [nest, unroll(nest, "i", "full")]) {
    assertEquals([...interpret(each, inputs).Y], [0, 10, 0, 14, 0, 18]);
    assertEquals([...execute(each, inputs).Y], [0, 10, 0, 14, 0, 18]);
  }
});

Deno.test("tiles are of up to 2^31 - 1 elements, and all compute the same", () => {
  const ones = { A: new Float32Array(16).fill(1), B: new Float32Array(16).fill(1) };
  const product = matmul({ m: 4, k: 4, n: 4 });
  for (const i of [1000, 2 ** 30, 2 ** 31 - 1]) {
    const nest = parallel(tile(product, { i }), "ti");
    assertEquals([...execute(nest, ones).C], new Array(16).fill(4));
    assertEquals(compile(nest, { threads: 2 }).threads, 2);
  }
  for (const i of [2 ** 31, 2 ** 32, 2 ** 40]) {
    const steps = [{ op: "tile", sizes: { i } }] as const;
    assertThrows(() => applySteps(product, steps), RangeError, "from 1 to 2147483647");
  }
});

Deno.test("headers of arrays are read in linear time", () => {
  const header = (spaces: number) => {
    const gap = " ".repeat(spaces);
    const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${gap}1${gap}x), }\n`;
    const bytes = new Uint8Array(12 + text.length);
    bytes.set([0x93, 78, 85, 77, 80, 89, 2, 0]);
    new DataView(bytes.buffer).setUint32(8, text.length, true);
    bytes.set(new TextEncoder().encode(text), 12);
    return bytes;
  };
  // Quadratic, this took minutes.
  assertThrows(() => readNpy(header(2_000_000)), TypeError, "needed a tuple of integers");
});

Deno.test("what was edited in a plan is found, field by field", () => {
  const model = zoo("mlperf-tiny-kws");
  const text = JSON.stringify(planMemory(model));
  // deno-lint-ignore no-explicit-any -- edited as a hand would
  const edited = (edit: (plan: any) => void) => {
    const plan = JSON.parse(text);
    edit(plan);
    return plan;
  };
  for (
    const [plan, message] of [
      [edited((plan) => plan.outputs = [...plan.inputs]), "outputs are tensors"],
      [edited((plan) => plan.inputs = []), "inputs are tensors"],
      [
        edited((plan) => plan.steps[1].foldedPadding = { top: 1, bottom: 1, left: 1, right: 1 }),
        "pads its input",
      ],
      [
        edited((plan) => plan.peakBytes = 2 ** 53),
        "peakBytes is 9007199254740992, needed a whole number",
      ],
      [
        edited((plan) => plan.peakBytes = 4e9),
        "an arena of 4000000000 bytes, needed at most 268435456",
      ],
      [edited((plan) => delete plan.steps), "steps is missing, needed a list"],
      [edited((plan) => plan.buffers = null), "buffers is null, needed a list"],
      [edited((plan) => plan.steps[2].inputs[1] = "3"), 'steps[2].inputs[1] is "3", needed'],
      [
        edited((plan) => plan.steps[2].ring = "v0"),
        "works in buffer v0, which is no scratch memory",
      ],
      [edited((plan) => plan.steps[4].operator = 69), "operator 69 is not in the model"],
    ] as const
  ) {
    for (const checked of [false, true]) {
      const error = assertThrows(() => createEngine(model, { plan, checked }), Error, message);
      assertEquals(error.name, "PlanError");
    }
  }
});
