// Compiled element-wise operators against the reference interpreter.
import * as fc from "fast-check";
import type { Activation, ConstantArray, Dtype, Model } from "../../mod.ts";
import { overlappingPlans } from "./overlapping_plans.ts";
import { Numbers, type RandomLayer } from "./random_layer.ts";
import { randomValues, scales, shapes, zeroPoints } from "./random_tensor.ts";
import { assertSameAsReference } from "./same_as_reference.ts";
import { constant, single, tensor } from "./single_operator.ts";

const runs = { seed: 20261122, numRuns: 300 };

const activations = fc.constantFrom<Activation>("NONE", "NONE", "RELU", "RELU6", "RELU_N1_TO_1");
const QUANTIZED = ["int8", "uint8", "int16"] as const;

/** ADD, SUB or MUL of tensors of which one may be stretched, or be a constant. */
function binary(op: "ADD" | "SUB" | "MUL", dtype: Dtype): fc.Arbitrary<RandomLayer> {
  return fc.record({
    shape: shapes,
    stretched: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    dropped: fc.integer({ min: 0, max: 3 }),
    isBroadcast: fc.boolean(),
    isSwapped: fc.boolean(),
    isConstant: fc.boolean(),
    quantizations: fc.tuple(...[-8, -8, op === "MUL" ? -10 : -7].map((exponent) => (
      fc.tuple(
        scales(exponent),
        op === "MUL" && dtype === "int16" ? fc.constant(0) : zeroPoints(dtype),
      )
    ))),
    activation: activations,
    seed: fc.integer(),
  }).map((c) => {
    const random = new Numbers(c.seed);
    const small = c.isBroadcast
      ? c.shape.map((extent, axis) => c.stretched[axis] ? 1 : extent).slice(
        c.stretched.slice(0, c.dropped).every((x) => x) ? Math.min(c.dropped, c.shape.length) : 0,
      )
      : c.shape;
    const quantized = (i: number) => dtype === "float32" ? null : c.quantizations[i];
    const full = tensor(dtype, c.shape, quantized(0));
    const other = tensor(dtype, small, quantized(1));
    const second = c.isConstant
      ? constant(dtype, randomValues(other, random), { shape: small, ...quantization(other) })
      : other;
    const inputs = c.isSwapped ? [second, full] : [full, second];
    const tensors = { inputs, outputs: [tensor(dtype, c.shape, quantized(2))] };
    const model = op === "MUL"
      ? single("MUL", { activation: c.activation }, tensors)
      : single(op, { activation: c.activation, potScaleInt16: false }, tensors);
    return layerOf(model, random);
  });
}

function quantization({ quantization }: ReturnType<typeof tensor>) {
  return { quantization };
}

function layerOf(model: Model, random: Numbers): RandomLayer {
  return { model, inputs: model.inputs.map((i) => randomValues(model.tensors[i], random)) };
}

function assertInAnyPlan(model: Model, inputs: readonly ConstantArray[]): void {
  assertSameAsReference(model, inputs, { plans: overlappingPlans(model) });
}

for (const op of ["ADD", "SUB", "MUL"] as const) {
  for (const dtype of QUANTIZED) {
    Deno.test(`a compiled ${op} of ${dtype} is the reference's in any plan`, () => {
      fc.assert(
        fc.property(binary(op, dtype), ({ model, inputs }) => assertInAnyPlan(model, inputs)),
        { ...runs, numRuns: 200 },
      );
    });
  }
}

Deno.test("compiled ADD, SUB and MUL of float32 are the reference's in any plan", () => {
  const layers = fc.oneof(...(["ADD", "SUB", "MUL"] as const).map((op) => binary(op, "float32")));
  fc.assert(
    fc.property(layers, ({ model, inputs }) => assertInAnyPlan(model, inputs)),
    runs,
  );
});

/** QUANTIZE or DEQUANTIZE between two types. */
function conversion(from: Dtype, to: Dtype): fc.Arbitrary<RandomLayer> {
  const quantized = (dtype: Dtype) =>
    dtype === "float32"
      ? fc.constant(null)
      : fc.tuple(scales(-5), zeroPoints(dtype === "int32" ? "int8" : dtype));
  return fc.record({
    shape: shapes,
    input: quantized(from),
    output: quantized(to),
    seed: fc.integer(),
  }).map(({ shape, input, output, seed }) => {
    const tensors = {
      inputs: [tensor(from, shape, input)],
      outputs: [tensor(to, shape, output)],
    };
    const op = to === "float32" ? "DEQUANTIZE" : "QUANTIZE";
    return layerOf(single(op, {}, tensors), new Numbers(seed));
  });
}

const TYPES = ["float32", ...QUANTIZED, "int32"] as const;

for (const from of TYPES) {
  for (const to of TYPES) {
    if (from === "float32" && (to === "float32" || to === "int32")) continue;
    if (from === "int32" && to === "float32") continue;
    Deno.test(`a compiled conversion of ${from} to ${to} is the reference's in any plan`, () => {
      const layers = conversion(from, to);
      fc.assert(
        fc.property(layers, ({ model, inputs }) => assertInAnyPlan(model, inputs)),
        { ...runs, numRuns: 60 },
      );
    });
  }
}
