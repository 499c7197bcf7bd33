import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { apply } from "../../kernel/values.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { plainElements, plainVectors } from "../kernels/elementwise/plain_arithmetic.ts";
import { prepareConstantRescale } from "../kernels/requantize/constant_rescale.ts";
import { multiplied, multiplyCode } from "../kernels/requantize/fixed_point_lanes.ts";
import { centredElement, storeElement } from "../kernels/scalar/elements_scalar.ts";
import {
  LANES,
  largestCentred,
  loadCentred,
  storeQuantized,
} from "../kernels/vectors/quantized_vectors.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { integerRange, isQuantized, zeroPointOf } from "../reference/expect.ts";
import { prepareSquaredDifference, squareFactors } from "../reference/squared_difference.ts";

/** `(a - b) ** 2`, with broadcasting. */
export const squaredDifference: EngineOperator<"SQUARED_DIFFERENCE"> = {
  types: ["float32", "int32", "int8", "int16"],
  reference: prepareSquaredDifference,
  hasVectors: true,
  kernels: [squareVectors, plainVectors],
  portable: (layer) => squareElements(layer) ?? plainElements(layer),
};

/** SQUARED_DIFFERENCE of int8 and int16: see `prepareSquaredDifference` for the arithmetic. */
function squareVectors(layer: Layer): LayerKernel | null {
  const { inputs, outputs: [{ tensor }], constants } = layer;
  if (operatorOf(layer, "SQUARED_DIFFERENCE") === null || !isQuantized(tensor)) return null;
  const tensors = inputs.map((input) => input!.tensor);
  const { leftShift, factorA, factorB, factor } = squareFactors([...tensors, tensor]);
  const bounds = tensors.map(largestCentred);
  const operands = [factorA, factorB].map((each, i) =>
    prepareConstantRescale(constants, { factor: each, bound: bounds[i], preShift: leftShift })
  );
  // The factors of operands are at most a half.
  const most = (bounds[0] + bounds[1]) * 2 ** leftShift / 2 + 2;
  const square = prepareConstantRescale(constants, { factor, bound: most * most });
  return elementwiseKernel(layer, {
    kernel: `squared_difference ${tensor.dtype}`,
    operands: 2,
    lanes: LANES,
    code: [...operands.flatMap(({ code }) => code), ...square.code],
    work: (b, { inputs: places, output: at, count }) => {
      const [left, right] = places.map((place, i) =>
        loadCentred(b, constants, { tensor: tensors[i], at: place, count })
          .map((x) => operands[i].apply(b, x))
      );
      const values = left.map((x, part) => {
        const difference = b.let("difference", apply("i32x4.sub", [x, right[part]]));
        const product = b.let("square", apply("i32x4.mul", [difference, difference]));
        return square.apply(b, product);
      });
      const [zeroPoint, range] = [zeroPointOf(tensor), integerRange(tensor.dtype)];
      storeQuantized(b, constants, { values, at, count, tensor, zeroPoint, range });
    },
  });
}

/** The same one by one. */
function squareElements(layer: Layer): LayerKernel | null {
  const { inputs, outputs: [{ tensor }] } = layer;
  if (operatorOf(layer, "SQUARED_DIFFERENCE") === null || !isQuantized(tensor)) return null;
  const tensors = inputs.map((input) => input!.tensor);
  const { leftShift, factorA, factorB, factor } = squareFactors([...tensors, tensor]);
  return elementwiseKernel(layer, {
    kernel: `squared_difference ${tensor.dtype} scalar`,
    operands: 2,
    lanes: 1,
    code: [multiplyCode],
    work: (b: KernelBuilder, { inputs: places, output: at }) => {
      const [left, right] = [factorA, factorB].map(({ multiplier, shift }, i): Value => {
        const x = apply("i32.shl", [centredElement(b, tensors[i], places[i]), leftShift]);
        return multiplied(x, multiplier, shift);
      });
      const difference = b.let("difference", apply("i32.sub", [left, right]));
      const square = apply("i32.mul", [difference, difference]);
      const value = multiplied(square, factor.multiplier, factor.shift);
      storeElement(b, { value, at, tensor, range: integerRange(tensor.dtype) });
    },
  });
}
