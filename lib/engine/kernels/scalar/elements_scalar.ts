import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, mul, sub } from "../../../kernel/values.ts";
import { quantizeMultiplier } from "../../../model/fixed_point.ts";
import type { Tensor } from "../../../model/tensor.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { additionFactors, ADDITIONS } from "../../reference/addition.ts";
import { outputRange } from "../../reference/clamp.ts";
import { rangeOf, scaleOf, zeroPointOf } from "../../reference/expect.ts";
import { productFactor } from "../../reference/mul.ts";
import { byteFunctionOf } from "../byte_function.ts";
import type { Elements } from "../element_loops.ts";
import { elementwiseKernel } from "../elementwise_kernel.ts";
import { multiplied, multiplyCode } from "../multiply_by_quantized_multiplier.ts";
import { LOADS, STORES } from "../requantize.ts";
import { clampInteger } from "./sum_arithmetic.ts";

/** ADD and SUB of int8, uint8 and int16, broadcast or not: see `prepareAddition`. */
export function additionElements(layer: Layer): LayerKernel | null {
  const { operator, inputs, outputs: [output] } = layer;
  if (operator.op !== "ADD" && operator.op !== "SUB" || isFloat(output.tensor)) return null;
  const { sign, round } = ADDITIONS[operator.op];
  const tensors = inputs.map((input) => input!.tensor);
  const { leftShift, factorA, factorB, factor } = additionFactors(
    [...tensors, output.tensor],
    round,
  );
  const range = outputRange(operator.attributes.activation, output.tensor);
  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} ${output.tensor.dtype} scalar`,
    operands: 2,
    lanes: 1,
    code: [multiplyCode],
    work: (b, { inputs: places, output: at }) => {
      const [left, right] = [factorA, factorB].map(({ multiplier, shift }, i) => {
        const x = apply("i32.shl", [centredElement(b, tensors[i], places[i]), leftShift]);
        return multiplied(x, multiplier, shift);
      });
      const sum = apply(sign === 1 ? "i32.add" : "i32.sub", [left, right]);
      const value = multiplied(sum, factor.multiplier, factor.shift);
      storeElement(b, { value, at, tensor: output.tensor, range });
    },
  });
}

/** MUL of int8, uint8 and int16: `(a - za) (b - zb)` in 32 bits, rescaled. */
export function productElements(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "MUL");
  const { inputs, outputs: [output] } = layer;
  if (operator === null || isFloat(output.tensor)) return null;
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
      const value = multiplied(mul(left, right), multiplier, shift);
      storeElement(b, { value, at, tensor: output.tensor, range });
    },
  });
}

/** QUANTIZE of integers of 8 and 16 bits; see `floatToInteger` for that of float32, of which NaN gives 0. */
export function quantizeElements(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "QUANTIZE") === null) return null;
  const [from, to] = [layer.inputs[0]!.tensor, layer.outputs[0].tensor];
  if (from.dtype === "int32" || to.dtype === "int32") return null;
  const isReal = isFloat(from);
  const { multiplier, shift } = isReal
    ? { multiplier: 0, shift: 0 }
    : quantizeMultiplier(scaleOf(from) / scaleOf(to));
  const rounded = (b: KernelBuilder, place: Elements) => {
    const x = b.load("f32.load", place);
    const quotient = b.let("quotient", apply("f32.div", [x, constant(scaleOf(to), "f32")]));
    const nudge = apply("f32.copysign", [constant(0.5 - 2 ** -25, "f32"), quotient]);
    return apply("i32.trunc_sat_f32_s", [apply("f32.add", [quotient, nudge])]);
  };
  return elementwiseKernel(layer, {
    kernel: `quantize ${from.dtype} to ${to.dtype} scalar`,
    operands: 1,
    lanes: 1,
    code: isReal ? [] : [multiplyCode],
    work: (b, { inputs: [place], output: at }) => {
      const value = isReal
        ? rounded(b, place)
        : multiplied(centredElement(b, from, place), multiplier, shift);
      storeElement(b, { value, at, tensor: to, range: rangeOf(to.dtype) });
    },
  });
}

/** DEQUANTIZE: `scale * (q - zero point)`. */
export function dequantizeElements(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "DEQUANTIZE") === null) return null;
  const { tensor } = layer.inputs[0]!;
  return elementwiseKernel(layer, {
    kernel: `dequantize ${tensor.dtype} scalar`,
    operands: 1,
    lanes: 1,
    work: (b, { inputs: [place], output: at }) => {
      const x = apply("f32.convert_i32_s", [centredElement(b, tensor, place)]);
      b.store("f32.store", at, apply("f32.mul", [x, constant(scaleOf(tensor), "f32")]));
    },
  });
}

/** An activation of int8 or uint8: a table of 256 bytes, or minimum and maximum. */
export function byteFunctionElements(layer: Layer): LayerKernel | null {
  const found = byteFunctionOf(layer);
  if (found === null) return null;
  const { op, table, clamp, name } = found;
  const { tensor } = layer.outputs[0];
  const region = clamp === null ? layer.constants.place(name, table) : null;
  return elementwiseKernel(layer, {
    kernel: `${op.toLowerCase()} ${tensor.dtype} ${clamp === null ? "table" : "clamp"} scalar`,
    operands: 1,
    lanes: 1,
    work: (b, { inputs: [place], output: at }) => {
      if (region !== null) {
        const address = b.load("i32.load8_u", place);
        b.store("i32.store8", at, b.load("i32.load8_u", { region, address, isIndex: true }));
        return;
      }
      const x = b.load(loadOf(tensor), place);
      const [least, most] = [constant(clamp!.min), constant(clamp!.max)];
      b.store("i32.store8", at, clampInteger(b, x, { least, most }));
    },
  });
}

function isFloat({ dtype }: Tensor): boolean {
  return dtype === "float32";
}

function loadOf({ dtype }: Tensor) {
  return LOADS[dtype as keyof typeof LOADS];
}

function centredElement(b: KernelBuilder, tensor: Tensor, place: Elements): Value {
  return sub(b.load(loadOf(tensor), place), zeroPointOf(tensor));
}

/** Clamps before the zero point is added, which could overflow. */
export function storeElement(
  b: KernelBuilder,
  { value, at, tensor, range }: {
    readonly value: Value;
    readonly at: Pick<Elements, "region" | "address" | "offsetBytes" | "isIndex">;
    readonly tensor: Tensor;
    readonly range: { readonly min: number; readonly max: number };
  },
): void {
  const zeroPoint = zeroPointOf(tensor);
  const [least, most] = [constant(range.min - zeroPoint), constant(range.max - zeroPoint)];
  const clamped = clampInteger(b, value, { least, most });
  b.store(STORES[tensor.dtype as keyof typeof STORES], at, add(clamped, zeroPoint));
}
