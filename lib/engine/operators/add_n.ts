import type { Value } from "../../kernel/kernel.ts";
import { apply, constant } from "../../kernel/values.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { multiplied, multiplyCode } from "../kernels/requantize/fixed_point_lanes.ts";
import { centredElement, isFloatTensor, storeElement } from "../kernels/scalar/elements_scalar.ts";
import { loadFloats, storeFloats } from "../kernels/vectors/float_vectors.ts";
import { LANES } from "../kernels/vectors/quantized_vectors.ts";
import { hasVectors, type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { additionFactors, ADDITIONS } from "../reference/addition.ts";
import { clamp } from "../reference/clamp.ts";
import { expectSameType, integerRange, scaleOf, zeroPointOf } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** The sum of tensors of one shape. */
export const addN: EngineOperator<"ADD_N"> = {
  types: ["float32", "int8"],
  reference: prepareAddN,
  hasVectors: true,
  kernels: [floatSum, sumElements],
};

/**
 * Terms are added in their order. Those of int8, which have one quantization, are brought to the
 * doubled scale of ADD. As in TFLM's kernel the sum begins with an element of 0, which is not the
 * number 0 where the zero point is not 0.
 */
function prepareAddN({ inputs, outputs: [output] }: Operation<"ADD_N">): ReferenceKernel {
  const dtype = expectSameType([...inputs, output], ["float32", "int8"]);
  if (dtype === "float32") {
    return (terms, [y]) => {
      for (let i = 0; i < y.length; i++) {
        y[i] = terms.reduce((sum, term) => Math.fround(sum + term[i]), 0);
      }
    };
  }
  const [first] = inputs;
  for (const other of inputs) expectSameScale(first, other);
  const { leftShift, term, sum: factor } = sumFactors(first, output);
  const [zeroIn, zeroOut] = [first, output].map(zeroPointOf);
  const range = integerRange(dtype);
  const scaled = (x: number) => multiplyByQuantizedMultiplier((x - zeroIn) << leftShift, term);
  const start = scaled(0);
  return (terms, [y]) => {
    for (let i = 0; i < y.length; i++) {
      const sum = terms.reduce((sum, term) => (sum + scaled(term[i])) | 0, start);
      y[i] = clamp(zeroOut + multiplyByQuantizedMultiplier(sum, factor), range);
    }
  };
}

function expectSameScale(a: Tensor, b: Tensor): void {
  if (scaleOf(a) === scaleOf(b) && zeroPointOf(a) === zeroPointOf(b)) return;
  const [x, y] = [a, b].map((each) => `scale ${scaleOf(each)}, zero point ${zeroPointOf(each)}`);
  throw new EngineError(`inputs of ${x} and of ${y}; needed the same`);
}

/** From a term to the common scale, and from the sum to the output. */
function sumFactors(input: Tensor, output: Tensor): {
  readonly leftShift: number;
  readonly term: QuantizedMultiplier;
  readonly sum: QuantizedMultiplier;
} {
  const factors = additionFactors([input, input, output], ADDITIONS.ADD.round);
  return { leftShift: factors.leftShift, term: factors.factorA, sum: factors.factor };
}

function floatSum(layer: Layer): LayerKernel | null {
  const { inputs, outputs: [{ tensor }], constants } = layer;
  if (operatorOf(layer, "ADD_N") === null || !isFloatTensor(tensor) || !hasVectors(layer)) {
    return null;
  }
  return elementwiseKernel(layer, {
    kernel: "add_n float32",
    operands: inputs.length,
    lanes: LANES,
    work: (b, { inputs: places, output: at, count }) => {
      const [first, ...others] = places.map((place) => loadFloats(b, place, count));
      const values = first.map((x, part) => {
        const start = apply("f32x4.add", [constants.splatF32(0), x]);
        return others.reduce((sum, term) => apply("f32x4.add", [sum, term[part]]), start);
      });
      storeFloats(b, { values, at, count });
    },
  });
}

/** ADD_N of all types, element by element. */
function sumElements(layer: Layer): LayerKernel | null {
  const { inputs, outputs: [{ tensor }] } = layer;
  if (operatorOf(layer, "ADD_N") === null) return null;
  const isReal = isFloatTensor(tensor);
  const from = inputs[0]!.tensor;
  const factors = isReal ? null : sumFactors(from, tensor);
  return elementwiseKernel(layer, {
    kernel: `add_n ${tensor.dtype} scalar`,
    operands: inputs.length,
    lanes: 1,
    code: isReal ? [] : [multiplyCode],
    work: (b, { inputs: places, output: at }) => {
      if (factors === null) {
        const terms = places.map((place) => b.load("f32.load", place));
        const plus = (sum: Value, x: Value) => apply("f32.add", [sum, x]);
        b.store("f32.store", at, terms.reduce(plus, constant(0, "f32")));
        return;
      }
      const { leftShift, term, sum: factor } = factors;
      const start = multiplyByQuantizedMultiplier(-zeroPointOf(from) << leftShift, term);
      const sum = b.let("sum", start);
      for (const place of places) {
        const x = apply("i32.shl", [centredElement(b, from, place), leftShift]);
        b.advance(sum, multiplied(x, term.multiplier, term.shift));
      }
      const value = multiplied(sum, factor.multiplier, factor.shift);
      storeElement(b, { value, at, tensor, range: integerRange(tensor.dtype) });
    },
  });
}
