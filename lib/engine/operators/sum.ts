import { add, apply, constant, mul, sub } from "../../kernel/values.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { reduction } from "../kernels/pooling/reduction.ts";
import { multiplied, multiplyCode } from "../kernels/requantize/fixed_point_lanes.ts";
import { storeElement } from "../kernels/scalar/elements_scalar.ts";
import { LOADS } from "../kernels/vectors/quantized_vectors.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { clamp } from "../reference/clamp.ts";
import { expectSameType, integerRange, scaleOf, zeroPointOf } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";
import { isEmpty, prepareReduction } from "../reference/reduction.ts";

/** Sum over axes; quantized: `(sum - n zx) sx / sy + zy`, sums of 32 bits that wrap. */
export const sum: EngineOperator<"SUM"> = {
  types: ["float32", "int8", "int16"],
  reference: prepareSum,
  kernels: [floatSum, quantizedSum],
};

function prepareSum(operation: Operation<"SUM">): ReferenceKernel {
  const { inputs: [input], outputs: [output] } = operation;
  const dtype = expectSameType([input, output], ["float32", "int8", "int16"]);
  if (dtype === "float32") {
    return prepareReduction(operation, {
      first: 0,
      next: (value, x) => Math.fround(value + x),
    });
  }
  const factor = factorOf(input, output);
  const [zeroIn, zeroOut] = [input, output].map(zeroPointOf);
  const range = integerRange(dtype);
  return prepareReduction(operation, {
    first: 0,
    next: (value, x) => value + x,
    finish: (value, terms) => {
      if (isEmpty(input)) return 0;
      const sum = (value - zeroIn * terms) | 0;
      return clamp(zeroOut + multiplyByQuantizedMultiplier(sum, factor), range);
    },
  });
}

function factorOf(input: Tensor, output: Tensor): QuantizedMultiplier {
  return quantizeMultiplier(scaleOf(input) / scaleOf(output));
}

function floatSum(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "SUM") === null) return null;
  if (layer.outputs[0].tensor.dtype !== "float32") return null;
  return reduction(layer, {
    first: constant(0, "f32"),
    next: (b, value, x) => apply("f32.add", [value, b.load("f32.load", x)]),
    store: (b, value, at) => b.store("f32.store", at, value),
  });
}

function quantizedSum(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "SUM") === null) return null;
  const { inputs: [input], outputs: [{ tensor }] } = layer;
  const from = input!.tensor;
  const load = LOADS[from.dtype as keyof typeof LOADS];
  const { multiplier, shift } = factorOf(from, tensor);
  return reduction(layer, {
    code: [multiplyCode],
    first: constant(0),
    next: (b, value, x) => add(value, b.load(load, x)),
    store: (b, value, at, terms) => {
      const centred = sub(value, mul(terms, zeroPointOf(from)));
      const scaled = isEmpty(from)
        ? constant(-zeroPointOf(tensor))
        : b.let("scaled", multiplied(centred, multiplier, shift));
      storeElement(b, { value: scaled, at, tensor, range: integerRange(tensor.dtype) });
    },
  });
}
