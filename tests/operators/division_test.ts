// Where a quotient is not defined, or rounds.
import {
  type ConstantArray,
  createEngine,
  emitC,
  EngineError,
  type Model,
  type OperatorName,
  run,
  runReference,
} from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { hasCommand, type Job, runJobs, sanitizers } from "../deploy/c_programs.ts";
import { constant, single, tensor } from "../engine/single_operator.ts";

const NONE = { activation: "NONE" } as const;

function division(op: OperatorName, dtype: "float32" | "int32" | "int8", count: number): Model {
  const operand = tensor(dtype, [count], dtype === "int8" ? [0.125, 5] : null);
  const attributes = op === "DIV" ? NONE : {};
  return single(op, attributes as never, {
    inputs: [operand, { ...operand }],
    outputs: [operand],
  });
}

const UNDEFINED: readonly (readonly [Model, ConstantArray[], string])[] = [
  [division("DIV", "int32", 2), [Int32Array.of(6, 7), Int32Array.of(3, 0)], "division by 0"],
  [
    division("DIV", "int32", 2),
    [Int32Array.of(-(2 ** 31), 1), Int32Array.of(-1, 1)],
    "division of -2147483648 by -1",
  ],
  [division("DIV", "int8", 2), [Int8Array.of(6, 7), Int8Array.of(6, 5)], "division by 0"],
  [
    division("FLOOR_DIV", "float32", 2),
    [Float32Array.of(6, 7), Float32Array.of(3, -0)],
    "division by 0",
  ],
];

for (const [model, inputs, reason] of UNDEFINED) {
  const [{ op, inputs: [first] }] = model.operators;
  const name = `${op} of ${model.tensors[first].dtype}`;
  Deno.test(`${name}: a ${reason} is refused, and what follows runs`, () => {
    const good = [inputs[0], inputs[1].slice().fill(3 as never)];
    const [expected] = runReference(model, good).outputs;
    const refuses = (work: () => unknown) => {
      const error = assertThrows(work, EngineError, reason);
      assertEquals([error.operator, error.opName], [0, op]);
    };
    refuses(() => runReference(model, inputs));
    for (const options of [{}, { checked: true }, { threads: 2 }]) {
      using engine = createEngine(model, options);
      refuses(() => run(engine, inputs));
      assertEquals(run(engine, good), [expected]);
    }
  });
}

Deno.test("a constant divisor with a 0 in it is refused before anything runs", () => {
  const operand = tensor("int32", [2]);
  const divisor = constant("int32", Int32Array.of(1, 0));
  const model = single("DIV", NONE, { inputs: [operand, divisor], outputs: [operand] });
  assertThrows(() => createEngine(model), EngineError, "operator 0 DIV: division by 0");
});

Deno.test({
  name: "C divides integers by 0 to 0, and the least one by -1 to itself (needs gcc)",
  ignore: !hasCommand("gcc"),
  fn: async () => {
    const jobs = UNDEFINED.slice(0, 3).flatMap(([model, inputs], i) =>
      (["portable", "host"] as const).map((target): Job => ({
        model,
        emitted: emitC(model, { prefix: `division_${i}_${target}`, target }),
        frames: [inputs],
      }))
    );
    const found = await runJobs(jobs, { flags: ["-O1", ...sanitizers] });
    assertEquals(found.map(([[output]]) => [...output].map(Number)), [
      [2, 0],
      [2, 0],
      [-(2 ** 31), 1],
      [-(2 ** 31), 1],
      [13, 5],
      [13, 5],
    ]);
  },
});

Deno.test("float32 divides by 0 to its largest number, and 0 by 0 to NaN", () => {
  const model = division("DIV", "float32", 4);
  const largest = (2 - 2 ** -23) * 2 ** 127;
  const inputs = [Float32Array.of(1, -1, 0, 3), Float32Array.of(0, 0, 0, Infinity)];
  const expected = Float32Array.of(largest, -largest, NaN, 0);
  using engine = createEngine(model);
  assertEquals(runReference(model, inputs).outputs, [expected]);
  assertEquals(run(engine, inputs), [expected]);
});

Deno.test("FLOOR_MOD is exact from the largest dividend to the smallest divisor", () => {
  const values = [
    ...[0, -0, 1, -1, 5.5, -7.25, 3, -3, 1e30, -1e-30, 2 ** -149, -(2 ** -149), 2 ** -126],
    ...[(2 - 2 ** -23) * 2 ** 127, -(2 - 2 ** -23) * 2 ** 127, 16777215, 0.1, -0.3],
    ...[Infinity, -Infinity, NaN],
  ];
  const pairs = values.flatMap((a) => values.map((b) => [a, b]));
  const inputs = [0, 1].map((i) => Float32Array.from(pairs, (pair) => pair[i]));
  const model = division("FLOOR_MOD", "float32", pairs.length);
  const [expected] = runReference(model, inputs).outputs;
  assertEquals(expected[pairs.findIndex(([a, b]) => a === -7.25 && b === 3)], 1.75);
  for (const dsp of [false, true]) {
    using engine = createEngine(model, { dsp });
    const [found] = run(engine, inputs);
    pairs.forEach((pair, i) => assert(Object.is(found[i], expected[i]), `${pair}: ${found[i]}`));
  }
});

Deno.test("FLOOR_DIV rounds down, DIV of int32 towards 0", () => {
  const floor = division("FLOOR_DIV", "float32", 3);
  const real = [Float32Array.of(7, -7, 7), Float32Array.of(2, 2, -2)];
  assertEquals(runReference(floor, real).outputs, [Float32Array.of(3, -4, -4)]);
  const cut = division("DIV", "int32", 3);
  const whole = [Int32Array.of(7, -7, 7), Int32Array.of(2, 2, -2)];
  assertEquals(runReference(cut, whole).outputs, [Int32Array.of(3, -3, -3)]);
});

Deno.test("DIV of int8 divides what integers stand for; a dividend of 0 gives the zero point", () => {
  const model = division("DIV", "int8", 4);
  // 1, 0, -1 and 1 / 8 by 1 / 2, 11.875, 1 / 2 and -16.625, in eighths from 5 on.
  const inputs = [Int8Array.of(13, 5, -3, 6), Int8Array.of(9, 100, 9, -128)];
  using engine = createEngine(model);
  assertEquals(runReference(model, inputs).outputs, [Int8Array.of(21, 5, -11, 5)]);
  assertEquals(run(engine, inputs), [Int8Array.of(21, 5, -11, 5)]);
});
