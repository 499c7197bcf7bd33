// Compiled activations against the reference interpreter.
import * as fc from "fast-check";
import type { Dtype } from "../../mod.ts";
import { overlappingPlans } from "./overlapping_plans.ts";
import { Numbers, type RandomLayer } from "./random_layer.ts";
import { randomValues, scales, shapes, zeroPoints } from "./random_tensor.ts";
import { assertSameAsReference } from "./same_as_reference.ts";
import { single, tensor } from "./single_operator.ts";

const runs = { seed: 20261122, numRuns: 60 };

const ACTIVATIONS = ["RELU", "RELU6", "LEAKY_RELU", "HARD_SWISH", "LOGISTIC", "TANH"] as const;

type Activation = typeof ACTIVATIONS[number];

/** Scale and zero point that LOGISTIC and TANH give their results. */
const RESULTS: Partial<Record<string, readonly [number, number]>> = {
  "LOGISTIC int8": [2 ** -8, -128],
  "LOGISTIC uint8": [2 ** -8, 0],
  "LOGISTIC int16": [2 ** -15, 0],
  "TANH int8": [2 ** -7, 0],
  "TANH uint8": [2 ** -7, 128],
  "TANH int16": [2 ** -15, 0],
};

function layers(op: Activation, dtype: Dtype): fc.Arbitrary<RandomLayer> {
  const isCurve = op === "LOGISTIC" || op === "TANH";
  const needsNoZero = dtype === "int16" && op !== "RELU6" && op !== "LEAKY_RELU";
  const quantization = fc.tuple(
    dtype === "int16" ? scales(-11) : scales(-5),
    needsNoZero ? fc.constant(0) : zeroPoints(dtype),
  );
  return fc.record({
    shape: shapes,
    input: quantization,
    output: quantization,
    isSame: fc.boolean(),
    alpha: fc.constantFrom(0.1, 0.25, 2, -0.5, 0),
    seed: fc.integer(),
  }).filter(({ input, output }) => op !== "HARD_SWISH" || input[0] < 128 * output[0]).map((c) => {
    const { shape, input, output, isSame, alpha, seed } = c;
    const [given, result] = dtype === "float32"
      ? [null, null]
      : [input, isCurve ? RESULTS[`${op} ${dtype}`]! : isSame ? input : output];
    const tensors = {
      inputs: [tensor(dtype, shape, given)],
      outputs: [tensor(dtype, shape, result)],
    };
    const model = op === "LEAKY_RELU"
      ? single(op, { alpha: Math.fround(alpha) }, tensors)
      : single(op, {}, tensors);
    return { model, inputs: [randomValues(tensors.inputs[0], new Numbers(seed))] };
  });
}

for (const op of ACTIVATIONS) {
  for (const dtype of ["float32", "int8", "uint8", "int16"] as const) {
    if (op === "HARD_SWISH" && dtype === "int16") continue;
    Deno.test(`a compiled ${op} of ${dtype} is the reference's in any plan`, () => {
      fc.assert(
        fc.property(layers(op, dtype), ({ model, inputs }) => {
          assertSameAsReference(model, inputs, { plans: overlappingPlans(model) });
        }),
        runs,
      );
    });
  }
}
