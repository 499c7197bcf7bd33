import { apply, mul as multiply } from "../../kernel/values.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
  quantizeMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { plainElements, plainVectors } from "../kernels/elementwise/plain_arithmetic.ts";
import { prepareConstantRescale } from "../kernels/requantize/constant_rescale.ts";
import { multiplied, multiplyCode } from "../kernels/requantize/fixed_point_lanes.ts";
import { centredElement, storeElement } from "../kernels/scalar/elements_scalar.ts";
import {
  centred,
  LANES,
  largestCentred,
  loadInt16,
  storeQuantized,
} from "../kernels/vectors/quantized_vectors.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { clamp, outputRange } from "../reference/clamp.ts";
import { elementwiseOfTwo } from "../reference/elementwise.ts";
import {
  ACTIVATIONS,
  expectSameType,
  expectZeroPoint,
  isQuantized,
  scaleOf,
  zeroPointOf,
} from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** `a * b`, with broadcasting; quantized: `(a - za) (b - zb) sa sb / sy + zy`. */
export const mul: EngineOperator<"MUL"> = {
  types: [...ACTIVATIONS, "int32"],
  reference: prepareMul,
  hasVectors: true,
  kernels: [quantizedProduct, plainVectors],
  portable: (layer) => productElements(layer) ?? plainElements(layer),
};

function prepareMul(operation: Operation<"MUL">): ReferenceKernel {
  const { attributes, inputs: [a, b], outputs: [output] } = operation;
  const dtype = expectSameType([a, b, output], [...ACTIVATIONS, "int32"]);
  const range = outputRange(attributes.activation, output);
  if (dtype === "float32") {
    return elementwiseOfTwo(operation, (x, z) => clamp(Math.fround(x * z), range));
  }
  if (dtype === "int32") {
    return elementwiseOfTwo(operation, (x, z) => clamp(Math.imul(x, z), range));
  }
  if (dtype === "int16") {
    for (const tensor of [a, b, output]) expectZeroPoint(`tensor "${tensor.name}"`, tensor, 0);
  }
  const factor = productFactor([a, b, output]);
  const [zeroA, zeroB, zero] = [a, b, output].map(zeroPointOf);
  return elementwiseOfTwo(operation, (x, z) => {
    const product = (x - zeroA) * (z - zeroB);
    return clamp(zero + multiplyByQuantizedMultiplier(product, factor), range);
  });
}

/** From the product of two quantized operands to the output: `sa sb / sy`. */
function productFactor([a, b, output]: readonly Tensor[]): QuantizedMultiplier {
  return quantizeMultiplier(scaleOf(a) * scaleOf(b) / scaleOf(output));
}

/** MUL of int8, uint8 and int16: `(a - za) (b - zb)` in 32 bits, rescaled. */
function quantizedProduct(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "MUL");
  const { inputs, outputs: [output], constants } = layer;
  if (operator === null || !isQuantized(output.tensor)) return null;
  const tensors = inputs.map((input) => input!.tensor);
  const bound = largestCentred(tensors[0]) * largestCentred(tensors[1]);
  const factor = productFactor([...tensors, output.tensor]);
  const rescale = prepareConstantRescale(constants, { factor, bound });
  const range = outputRange(operator.attributes.activation, output.tensor);
  return elementwiseKernel(layer, {
    kernel: `mul ${output.tensor.dtype}`,
    operands: 2,
    lanes: LANES,
    code: rescale.code,
    work: (b, { inputs: places, output: at, count }) => {
      // int16 has a zero point of 0: every operand fits 16 bits.
      const [left, right] = places.map((place, i) =>
        loadInt16(b, tensors[i], { at: place, count })
          .map((x) => b.let("x", centred(constants, x, zeroPointOf(tensors[i]))))
      );
      const products = left.flatMap((x, i) =>
        (["low", "high"] as const).map((half) => (
          apply(`i32x4.extmul_${half}_i16x8_s`, [x, right[i]])
        ))
      ).slice(0, Math.ceil(count / 4));
      storeQuantized(b, constants, {
        values: products.map((product) => rescale.apply(b, b.let("product", product))),
        at,
        count,
        tensor: output.tensor,
        zeroPoint: zeroPointOf(output.tensor),
        range,
      });
    },
  });
}

/** MUL of int8, uint8 and int16: `(a - za) (b - zb)` in 32 bits, rescaled. */
function productElements(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "MUL");
  const { inputs, outputs: [output] } = layer;
  if (operator === null || !isQuantized(output.tensor)) return null;
  const tensors = inputs.map((input) => input!.tensor);
  const { multiplier, shift } = productFactor([...tensors, output.tensor]);
  const range = outputRange(operator.attributes.activation, output.tensor);
  return elementwiseKernel(layer, {
    kernel: `mul ${output.tensor.dtype} scalar`,
    operands: 2,
    lanes: 1,
    code: [multiplyCode],
    work: (b, { inputs: places, output: at }) => {
      const [left, right] = places.map((place, i) => centredElement(b, tensors[i], place));
      const value = multiplied(multiply(left, right), multiplier, shift);
      storeElement(b, { value, at, tensor: output.tensor, range });
    },
  });
}
