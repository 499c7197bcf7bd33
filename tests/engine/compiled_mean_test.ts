// Compiled MEAN against the reference interpreter.
import * as fc from "fast-check";
import { planMemory } from "../../mod.ts";
import type { Dtype } from "../../mod.ts";
import { Numbers, type RandomLayer } from "./random_layer.ts";
import { randomValues, scales, zeroPoints } from "./random_tensor.ts";
import { assertSameAsReference } from "./same_as_reference.ts";
import { list, single, tensor } from "./single_operator.ts";

const runs = { seed: 20261122, numRuns: 300 };

function layers(dtype: Dtype): fc.Arbitrary<RandomLayer> {
  const quantization = fc.tuple(scales(-6), zeroPoints(dtype));
  return fc.record({
    shape: fc.oneof(
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
      fc.tuple(...[2, 13, 14, 40].map((max) => fc.integer({ min: 1, max }))),
    ),
    axes: fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 4 }),
    keepDims: fc.boolean(),
    input: quantization,
    output: quantization,
    seed: fc.integer(),
  }).map(({ shape, axes, keepDims, input, output, seed }) => {
    const reduced = axes.filter((axis) => axis < shape.length);
    const kept = shape.flatMap((extent, axis) =>
      !reduced.includes(axis) ? [extent] : keepDims ? [1] : []
    );
    const given = tensor(dtype, shape, dtype === "float32" ? null : input);
    const model = single("MEAN", { keepDims }, {
      // An axis may be counted from the back.
      inputs: [given, list(...reduced.map((axis, i) => i % 2 === 0 ? axis : axis - shape.length))],
      outputs: [tensor(dtype, kept, dtype === "float32" ? null : output)],
    });
    return { model, inputs: [randomValues(given, new Numbers(seed))] };
  });
}

for (const dtype of ["float32", "int8", "uint8", "int16"] as const) {
  Deno.test(`a compiled MEAN of ${dtype} is the reference's over any axes`, () => {
    fc.assert(
      fc.property(layers(dtype), ({ model, inputs }) => {
        const plan = planMemory(model, { techniques: ["optimal-offsets"] });
        assertSameAsReference(model, inputs, { plans: [plan] });
      }),
      runs,
    );
  });
}
