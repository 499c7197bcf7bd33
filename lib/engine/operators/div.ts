import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { apply, choose, constant, sub } from "../../kernel/values.ts";
import type { QuantizedMultiplier } from "../../model/fixed_point.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { elementwiseKernel } from "../kernels/elementwise/elementwise_kernel.ts";
import { fused, plainElements, plainVectors } from "../kernels/elementwise/plain_arithmetic.ts";
import { refusing } from "../kernels/refusing.ts";
import { multiplied, multiplyCode } from "../kernels/requantize/fixed_point_lanes.ts";
import { reciprocalCode, reciprocalOfOnePlus } from "../kernels/fixed_point/reciprocal.ts";
import { centredElement, storeElement } from "../kernels/scalar/elements_scalar.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { outputRange } from "../reference/clamp.ts";
import {
  DIVISION_BY_ZERO,
  NO_QUOTIENT,
  prepareDivision,
  quotientFactor,
} from "../reference/division.ts";

/** `a / b`, with broadcasting. */
export const div: EngineOperator<"DIV"> = {
  types: ["float32", "int32", "int8"],
  reference: prepareDivision,
  hasVectors: true,
  kernels: [divideInt8, divideInt32, plainVectors],
  portable: (layer) => divideInt8(layer) ?? divideInt32(layer) ?? plainElements(layer),
};

/**
 * DIV of int32. What has no quotient is refused; code for other machines gives what Arm's SDIV does:
 * 0 for a division by 0, and -2^31 by -1 wraps.
 */
function divideInt32(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "DIV") === null || layer.outputs[0].tensor.dtype !== "int32") return null;
  const { unless, refusal } = refusing(layer, { reason: NO_QUOTIENT, error: "EngineError" });
  const kernel = elementwiseKernel(layer, {
    kernel: "div int32",
    operands: 2,
    lanes: 1,
    work: (b, { inputs: places, output: at }) => {
      const [left, right] = places.map((place) => b.let("x", b.load("i32.load", place)));
      const isZero = b.let("is_zero", apply("i32.eqz", [right]));
      const isTooLarge = apply("i32.and", [
        apply("i32.eq", [left, -(2 ** 31)]),
        apply("i32.eq", [right, -1]),
      ]);
      const isBad = b.let("is_bad", apply("i32.or", [isZero, isTooLarge]));
      unless(b, isBad);
      const quotient = apply("i32.div_s", [left, choose(isBad, 1, right)]);
      b.store("i32.store", at, fused(b, layer, choose(isZero, 0, quotient)));
    },
  });
  return { ...kernel, refusal };
}

/** DIV of int8: see `prepareDivision` for the arithmetic. Code for other machines divides by 0 to 0. */
function divideInt8(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "DIV");
  const { inputs, outputs: [{ tensor }] } = layer;
  if (operator === null || tensor.dtype !== "int8") return null;
  const tensors = inputs.map((input) => input!.tensor);
  const factor = quotientFactor([...tensors, tensor]);
  const range = outputRange(operator.attributes.activation, tensor);
  const { unless, refusal } = refusing(layer, { reason: DIVISION_BY_ZERO, error: "EngineError" });
  const kernel = elementwiseKernel(layer, {
    kernel: "div int8",
    operands: 2,
    lanes: 1,
    code: [multiplyCode, reciprocalCode],
    work: (b, { inputs: places, output: at }) => {
      const [left, right] = places.map((place, i) =>
        b.let("x", centredElement(b, tensors[i], place))
      );
      const isZero = b.let("is_zero", apply("i32.eqz", [right]));
      unless(b, isZero);
      const value = choose(isZero, 0, quotientOf(b, left, right, factor));
      storeElement(b, { value, at, tensor, range });
    },
  });
  return { ...kernel, refusal };
}

function quotientOf(
  b: KernelBuilder,
  left: Value,
  right: Value,
  { multiplier, shift }: QuantizedMultiplier,
): Value {
  const isNegative = b.let("is_negative", apply("i32.lt_s", [right, 0]));
  const dividend = b.let("dividend", choose(isNegative, sub(0, left), left));
  const divisor = b.let("divisor", choose(isNegative, sub(0, right), right));
  const leading = b.let("leading", apply("i32.clz", [divisor]));
  const fraction = apply("i32.and", [apply("i32.shl", [divisor, leading]), 0x7fffffff]);
  const inverse = b.let("inverse", reciprocalOfOnePlus(fraction));
  const bits = apply("i32.xor", [dividend, apply("i32.shr_s", [dividend, 31])]);
  const headroom = b.let("headroom", sub(apply("i32.clz", [bits]), 1));
  const unscaled = b.let(
    "unscaled",
    multiplied(apply("i32.shl", [dividend, headroom]), inverse, 0),
  );
  const places = sub(constant(31 - shift), leading);
  const exponent = b.let("exponent", apply("i32.add", [places, headroom]));
  const scaled = multiplied(unscaled, multiplier, sub(0, exponent));
  return choose(apply("i32.gt_s", [exponent, 31]), 0, scaled);
}
