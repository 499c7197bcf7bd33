// Operators that move elements, or go through an image row by row, over their own inputs: rules, plans,
// validator, engine and C.
import {
  type ConstantArray,
  createEngine,
  createPool,
  emitC,
  type Model,
  overlapRules,
  type Plan,
  planMemory,
  run,
  runReference,
  techniqueNames,
  validatePlan,
} from "tinyloom";
import { dtypeBits } from "../../lib/model/dtype.ts";
import { sizeBytes } from "../../lib/model/shape.ts";
import { assert, assertEquals } from "../assert.ts";
import { hasCommand, type Job, runJobs, sanitizers } from "../deploy/c_programs.ts";
import { constant, list, single, tensor } from "../engine/single_operator.ts";
import { validateBytewise } from "./bytewise/validate_bytewise.ts";
import { type Draw, drawer } from "./random_graph.ts";
import { randomMovements } from "./random_movements.ts";

const of = (...shape: number[]) => tensor("int8", shape, [0.5, 0]);

/** Models of one operator, the bytes without sharing, and those with it. */
const cases: Readonly<Record<string, readonly [model: Model, apart: number, shared: number]>> = {
  "SPLIT of rows": [
    single("SPLIT", { numSplits: 2 }, {
      inputs: [list(0), of(4, 10)],
      outputs: [of(2, 10), of(2, 10)],
    }),
    80,
    40,
  ],
  // The upper half of each row waits until the lower halves of all that is above are packed.
  "SPLIT of columns": [
    single("SPLIT", { numSplits: 2 }, {
      inputs: [list(1), of(4, 10)],
      outputs: [of(4, 5), of(4, 5)],
    }),
    80,
    55,
  ],
  "SPLIT_V of rows": [
    single("SPLIT_V", { numSplits: 2 }, {
      inputs: [of(4, 10), list(1, 3), list(0)],
      outputs: [of(1, 10), of(3, 10)],
    }),
    80,
    40,
  ],
  UNPACK: [
    single("UNPACK", { num: 3, axis: 0 }, { inputs: [of(3, 7)], outputs: [of(7), of(7), of(7)] }),
    42,
    21,
  ],
  "CONCATENATION of rows": [
    single("CONCATENATION", { axis: 0, activation: "NONE" }, {
      inputs: [of(4, 10), of(3, 10)],
      outputs: [of(7, 10)],
    }),
    140,
    70,
  ],
  PACK: [
    single("PACK", { axis: 0, valuesCount: 2 }, { inputs: [of(9), of(9)], outputs: [of(2, 9)] }),
    36,
    18,
  ],
  SLICE: [
    single("SLICE", {}, { inputs: [of(4, 10), list(1, 2), list(2, 5)], outputs: [of(2, 5)] }),
    50,
    40,
  ],
  STRIDED_SLICE: [
    single("STRIDED_SLICE", {
      ...{ beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 },
      offset: false,
    }, {
      inputs: [of(4, 10), list(0, 1), list(4, 10), list(2, 3)],
      outputs: [of(2, 3)],
    }),
    46,
    40,
  ],
  "GATHER of constant indices": [
    single("GATHER", { axis: 0, batchDims: 0 }, {
      inputs: [of(6, 7), list(1, 3, 4)],
      outputs: [of(3, 7)],
    }),
    63,
    42,
  ],
  PAD: [
    single("PAD", {}, { inputs: [of(4, 10), list(1, 2, 3, 1)], outputs: [of(7, 14)] }),
    138,
    98,
  ],
  DYNAMIC_UPDATE_SLICE: [
    single("DYNAMIC_UPDATE_SLICE", {}, {
      inputs: [of(5, 8), of(2, 3), tensor("int32", [2])],
      outputs: [of(5, 8)],
    }),
    94,
    54,
  ],
  // A row of blocks is two rows of pixels, of which the second one waits.
  SPACE_TO_DEPTH: [
    single("SPACE_TO_DEPTH", { blockSize: 2 }, {
      inputs: [of(1, 8, 8, 3)],
      outputs: [of(1, 4, 4, 12)],
    }),
    384,
    210,
  ],
  RESIZE_NEAREST_NEIGHBOR: [
    single("RESIZE_NEAREST_NEIGHBOR", { alignCorners: false, halfPixelCenters: false }, {
      inputs: [of(1, 4, 5, 3), list(8, 10)],
      outputs: [of(1, 8, 10, 3)],
    }),
    300,
    // All of the output, and its last row's source.
    255,
  ],
  RESIZE_BILINEAR: [
    single("RESIZE_BILINEAR", { alignCorners: false, halfPixelCenters: false }, {
      inputs: [of(1, 4, 5, 3), list(8, 10)],
      outputs: [of(1, 8, 10, 3)],
    }),
    300,
    255,
  ],
  TRANSPOSE_CONV: [
    single("TRANSPOSE_CONV", {
      ...{ strideH: 2, strideW: 2, padding: "SAME", activation: "NONE" },
      quantizedBiasType: "float32",
    }, {
      inputs: [
        list(1, 8, 10, 4),
        constant("int8", new Int8Array(108).fill(3), {
          shape: [4, 3, 3, 3],
          quantization: { scales: [0.5], zeroPoints: [0], axis: 0 },
        }),
        of(1, 4, 5, 3),
      ],
      outputs: [of(1, 8, 10, 4)],
    }),
    380,
    335,
  ],
};

for (const [name, [model, apart, shared]] of Object.entries(cases)) {
  Deno.test(`${name} lies over its input: ${shared} bytes in place of ${apart}`, () => {
    assertEquals(planMemory(model, { techniques: ["optimal-offsets"] }).peakBytes, apart);
    const plan = planMemory(model);
    assertEquals([plan.peakBytes, plan.lowerBoundBytes], [shared, shared]);
    assertEquals(validatePlan(plan, model), []);
    const less = { ...plan, peakBytes: shared - 1 };
    assert(validatePlan(less, model).length > 0, "one byte less is accepted");
    assertRuns(model, plan, valuesFor(model, drawer(shared)));
  });

  Deno.test(`${name}: an element closer than its rule says, the validator finds it`, () => {
    let closest = 0;
    for (const rule of overlapRules(model, model.operators[0])) {
      for (const direction of ["forward", "reverse"] as const) {
        const limit = direction === "forward" ? rule.forwardBytes : rule.reverseBytes;
        const at = (distance: number) => placed(model, { ...rule, direction, distance });
        if (at(limit) === null) continue;
        assertEquals(validatePlan(at(limit)!, model), [], `${direction} at ${limit}`);
        const [input] = inputsOf(model, rule.position);
        const elementBytes = dtypeBits(model.tensors[input].dtype) / 8;
        const closer = at(limit + (direction === "forward" ? elementBytes : -elementBytes));
        if (closer === null) continue;
        closest++;
        const [finding] = validatePlan(closer, model);
        assert(finding !== undefined, `${direction}, closer than ${limit}`);
        assert(/before it has read it/.test(finding.message), finding.message);
      }
    }
    assert(closest > 0, "no rule is at its limit");
  });
}

function inputsOf({ operators: [{ inputs, outputs }] }: Model, position: number, output = 0) {
  return [inputs[position], outputs[output]];
}

/** A plan with one output at a distance from one input, all else far away; null where they are apart. */
function placed(
  model: Model,
  { position, output: number, direction, distance }: {
    readonly position: number;
    readonly output: number;
    readonly direction: "forward" | "reverse";
    readonly distance: number;
  },
): Plan | null {
  const plan = planMemory(model, { techniques: ["optimal-offsets"] });
  const [input, output] = inputsOf(model, position, number);
  const [inputBytes, outputBytes] = [input, output].map((t) => sizeBytes(model.tensors[t]));
  if (distance >= inputBytes || distance <= -outputBytes) return null;
  let next = 4 * (inputBytes + outputBytes);
  const base = 2 * outputBytes;
  const share = { step: 0, form: "overlap", direction, distanceBytes: distance } as const;
  const shares = (buffer: string) => [{ ...share, buffer, limitBytes: distance, reason: "" }];
  const idOf = (tensor: number) => plan.buffers.find(({ tensors }) => tensors.includes(tensor))!.id;
  const buffers = plan.buffers.map((buffer) => {
    if (buffer.tensors.includes(input)) {
      return { ...buffer, offsetBytes: base, shares: shares(idOf(output)) };
    }
    if (buffer.tensors.includes(output)) {
      return { ...buffer, offsetBytes: base + distance, shares: shares(idOf(input)) };
    }
    next += buffer.sizeBytes + 8;
    return { ...buffer, offsetBytes: Math.floor((next - buffer.sizeBytes) / 8) * 8 };
  });
  const steps = plan.steps.map((step) => ({ ...step, form: "overlap" as const, direction }));
  return { ...plan, buffers, steps, peakBytes: next + 64 };
}

function valuesFor({ tensors, inputs }: Model, draw: Draw): readonly ConstantArray[] {
  return inputs.map((index) => {
    const { shape, dtype } = tensors[index];
    const count = shape.reduce((product, extent) => product * extent, 1);
    if (dtype === "int32") return Int32Array.from({ length: count }, () => draw(4));
    return Int8Array.from({ length: count }, () => draw(256) - 128);
  });
}

/** Fast and checked, and on processors without vectors of this size. */
function assertRuns(model: Model, plan: Plan, frame: readonly ConstantArray[], what = ""): void {
  const expected = runReference(model, frame).outputs;
  for (const options of [{}, { checked: true }, { dsp: true }]) {
    using engine = createEngine(model, { plan, ...options });
    assertEquals(run(engine, frame), expected, `${what} ${JSON.stringify(options)}`);
  }
}

Deno.test("an output that is a contiguous part of its input is a view: nothing is copied", () => {
  for (const name of ["SPLIT of rows", "SPLIT_V of rows", "UNPACK"]) {
    const [model] = cases[name];
    using engine = createEngine(model, { plan: planMemory(model) });
    assertEquals(engine.layers[0].remarks, ["a view: nothing moves"], name);
  }
});

/** Two halves, each written by an operator, joined and read again. */
function joinedHalves(axis: number): Model {
  const draw = drawer(1);
  const model = randomMovements(draw, 0);
  const tensors = [of(4, 6), of(4, 6), of(4, 6), of(axis === 0 ? 8 : 4, axis === 0 ? 6 : 12)];
  const relu = { op: "RELU", version: 1, attributes: {} } as const;
  return {
    ...model,
    tensors: [...tensors, tensors[3]],
    inputs: [0],
    outputs: [4],
    operators: [
      { ...relu, inputs: [0], outputs: [1] },
      { op: "NEG", version: 1, attributes: {}, inputs: [1], outputs: [2] },
      {
        op: "CONCATENATION",
        version: 1,
        attributes: { axis, activation: "NONE" },
        inputs: [1, 2],
        outputs: [3],
      },
      { ...relu, inputs: [3], outputs: [4] },
    ],
  };
}

Deno.test("inputs are written right where CONCATENATION wants them, which then has nothing to do", () => {
  const model = { ...joinedHalves(0) };
  const float = {
    ...model,
    tensors: model.tensors.map(({ shape }) => tensor("float32", shape)),
  };
  const plan = planMemory(float);
  // The joined tensor alone: RELU works in place, NEG writes beside it.
  assertEquals([plan.peakBytes, plan.optimal], [4 * 48, true]);
  using engine = createEngine(float, { plan });
  assertEquals(engine.layers.map(({ remarks }) => remarks.includes("a view: nothing moves")), [
    false,
    false,
    true,
    false,
  ]);
  const frame = [Float32Array.from({ length: 24 }, (_, i) => i - 11)];
  assertEquals(run(engine, frame), runReference(float, frame).outputs);
});

Deno.test("random movements: the validator accepts, and the engine computes what the reference does", () => {
  using pool = createPool(2);
  let overlaps = 0;
  for (let seed = 0; seed < 150; seed++) {
    const draw = drawer(seed);
    const model = randomMovements(draw, 1 + draw(7));
    const plan = planMemory(model, { ...draw(3) === 0 && { alignmentBytes: 4 }, timeLimitMs: 300 });
    assertEquals(validatePlan(plan, model), [], `seed ${seed}`);
    assert(plan.lowerBoundBytes <= plan.peakBytes, `seed ${seed}`);
    const apart = planMemory(model, {
      techniques: techniqueNames.filter((name) => name !== "overlap"),
      timeLimitMs: 300,
    });
    assert(plan.peakBytes <= apart.peakBytes || plan.alignmentBytes > 1, `seed ${seed}`);
    overlaps += plan.steps.filter(({ form }) => form === "overlap").length;
    const frame = valuesFor(model, draw);
    assertRuns(model, plan, frame, `seed ${seed}`);
    if (seed % 10 !== 0) continue;
    using engine = createEngine(model, { plan, pool });
    assertEquals(run(engine, frame), runReference(model, frame).outputs, `seed ${seed}, threads`);
  }
  assert(overlaps > 150, `${overlaps} steps overlap`);
});

Deno.test("a movement at any distance is lost or not as a look at every byte finds", () => {
  const seen = { holds: 0, fails: 0 };
  for (let seed = 0; seed < 300; seed++) {
    const draw = drawer(seed);
    const model = randomMovements(draw, 1);
    const { operators: [operator], tensors } = model;
    const rules = operator === undefined ? [] : overlapRules(model, operator)
      .filter(({ reason }) => reason.startsWith("an element is moved"));
    for (const { position, output } of rules) {
      const spans = inputsOf(model, position, output).map((t) => sizeBytes(tensors[t]));
      for (const direction of ["forward", "reverse"] as const) {
        const distance = draw(spans[0] + spans[1]) - spans[1];
        const plan = placed(model, { position, output, direction, distance });
        if (plan === null) continue;
        const expected = validateBytewise(plan, model);
        const found = validatePlan(plan, model);
        assertEquals(found.length > 0, expected.length > 0, `seed ${seed}: ${found[0]?.message}`);
        seen[found.length > 0 ? "fails" : "holds"]++;
      }
    }
  }
  assert(seen.holds > 30 && seen.fails > 30, JSON.stringify(seen));
});

Deno.test({
  name: "random movements as C give the reference's results (needs gcc)",
  ignore: !hasCommand("gcc"),
  fn: async () => {
    const models = [
      ...Object.values(cases).map(([model]) => model),
      ...Array.from({ length: 6 }, (_, seed) => randomMovements(drawer(900 + seed), 6)),
    ];
    const jobs = models.flatMap((model, i) =>
      (["portable", "host"] as const).filter((_, t) => i % 2 === t).map((target): Job => ({
        model,
        emitted: emitC(model, {
          plan: planMemory(model),
          target,
          prefix: `m${i}_${target}`,
          frames: [],
        }),
        frames: [valuesFor(model, drawer(i))],
      }))
    );
    const found = await runJobs(jobs, { flags: ["-O1", ...sanitizers], arena: "given" });
    jobs.forEach(({ model, frames: [frame], emitted: { prefix } }, i) => {
      assertEquals(found[i][0], runReference(model, frame).outputs, prefix);
    });
  },
});
