// Operators of one input, compiled, against the reference interpreter.
import * as fc from "fast-check";
import { createEngine, type Dtype, type OperatorName, run, runReference } from "../../mod.ts";
import { Numbers, type RandomLayer } from "../engine/random_layer.ts";
import { overlappingPlans } from "../engine/overlapping_plans.ts";
import { randomValues } from "../engine/random_tensor.ts";
import { assertClose, assertSameAsReference } from "../engine/same_as_reference.ts";
import { list, single, tensor } from "../engine/single_operator.ts";
import { assertThrows } from "../assert.ts";
import { unaryLayers, unaryTypes } from "./random_unary.ts";

const runs = { seed: 20261130, numRuns: 12 };

for (const types of unaryTypes) {
  const { op, from, to } = types;
  Deno.test(`a compiled ${op} of ${from} to ${to} is the reference's in any plan`, () => {
    fc.assert(
      fc.property(unaryLayers(types), ({ model, inputs }) => {
        assertSameAsReference(model, inputs, { plans: overlappingPlans(model) });
      }),
      runs,
    );
  });
}

function argExtremes(op: "ARG_MAX" | "ARG_MIN", dtype: Dtype): fc.Arbitrary<RandomLayer> {
  return fc.record({
    shape: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
    axis: fc.integer({ min: -5, max: 4 }),
    // Few values, so that many are the same.
    kinds: fc.constantFrom(2, 5, 256),
    seed: fc.integer(),
  }).map(({ shape, axis, kinds, seed }) => {
    const along = ((axis % shape.length) + shape.length) % shape.length;
    const input = tensor(dtype, shape, dtype === "int8" ? [0.5, 3] : null);
    const random = new Numbers(seed);
    const values = randomValues(input, random);
    for (let i = 0; i < values.length; i++) values[i] = random.below(kinds) - kinds / 2;
    const output = tensor("int32", shape.toSpliced(along, 1));
    const model = single(op, { outputType: "int32" }, {
      inputs: [input, list(axis < 0 ? along - shape.length : along)],
      outputs: [output],
    });
    return { model, inputs: [values] };
  });
}

for (const op of ["ARG_MAX", "ARG_MIN"] as const) {
  for (const dtype of ["float32", "int8"] as const) {
    Deno.test(`a compiled ${op} of ${dtype} is the reference's along any axis`, () => {
      fc.assert(
        fc.property(argExtremes(op, dtype), ({ model, inputs }) => {
          assertSameAsReference(model, inputs);
        }),
        { ...runs, numRuns: 40 },
      );
    });
  }
}

Deno.test("threads share large operators of one input", () => {
  const shape = [9, 600];
  const cases: [OperatorName, Dtype, Dtype, readonly [number, number] | null][] = [
    ["NEG", "float32", "float32", null],
    ["SIN", "float32", "float32", null],
    ["RSQRT", "int16", "int16", [0.01, 0]],
    ["CAST", "int8", "int32", null],
    ["LOG_SOFTMAX", "float32", "float32", null],
  ];
  for (const [op, from, to, quantization] of cases) {
    const input = tensor(from, shape, quantization);
    const model = single(op, {} as never, {
      inputs: [input],
      outputs: [tensor(to, shape, quantization)],
    });
    const values = randomValues(input, new Numbers(4));
    if (op === "RSQRT") { for (let i = 0; i < values.length; i++) values[i] = i; }
    using engine = createEngine(model, { threads: 2 });
    const [expected] = runReference(model, [values]).outputs;
    assertClose(run(engine, [values])[0], expected, op);
  }
  const model = single("ARG_MAX", { outputType: "int32" }, {
    inputs: [tensor("float32", shape), list(1)],
    outputs: [tensor("int32", [9])],
  });
  const values = randomValues(model.tensors[0], new Numbers(5));
  using engine = createEngine(model, { threads: 2 });
  assertClose(run(engine, [values])[0], runReference(model, [values]).outputs[0], "ARG_MAX");
});

Deno.test("RSQRT of integers refuses what is below the zero point, wherever it runs", () => {
  for (const [dtype, zeroPoint] of [["int8", -5], ["int16", 0]] as const) {
    const model = single("RSQRT", {}, {
      inputs: [tensor(dtype, [3], [0.1, zeroPoint])],
      outputs: [tensor(dtype, [3], [0.1, zeroPoint])],
    });
    const [good, bad] = [0, 1].map((less) => {
      const values = [zeroPoint - less, zeroPoint + 1, 100];
      return dtype === "int8" ? Int8Array.from(values) : Int16Array.from(values);
    });
    using engine = createEngine(model);
    assertThrows(() => run(engine, [bad]), RangeError, "negative number");
    assertThrows(() => runReference(model, [bad]), RangeError, "RSQRT of a negative number");
    assertClose(run(engine, [good])[0], runReference(model, [good]).outputs[0], dtype);
  }
});
