import type { Value } from "../../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, sub } from "../../../kernel/values.ts";
import type { OperatorName } from "../../../model/operator.ts";
import type { Tensor } from "../../../model/tensor.ts";
import type { Layer, LayerKernel, MakeKernel } from "../../layer.ts";
import { additionFactors, ADDITIONS } from "../../reference/addition.ts";
import { outputRange } from "../../reference/clamp.ts";
import { isQuantized, zeroPointOf } from "../../reference/expect.ts";
import type { Prepare } from "../../reference/prepare.ts";
import { type ByteFunction, byteFunctionOf } from "../elementwise/byte_function.ts";
import { elementwiseKernel } from "../elementwise/elementwise_kernel.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { LOADS, STORES } from "../vectors/quantized_vectors.ts";
import { clampInteger } from "./sum_arithmetic.ts";

/** ADD and SUB of int8, uint8 and int16, broadcast or not: see `prepareAddition`. */
export function additionElements(layer: Layer): LayerKernel | null {
  const { operator, inputs, outputs: [output] } = layer;
  if (operator.op !== "ADD" && operator.op !== "SUB" || !isQuantized(output.tensor)) return null;
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

/** An activation of int8 or uint8: a table of 256 bytes, or minimum and maximum. */
export function byteFunctionElements<Name extends OperatorName>(
  prepare: Prepare<Name>,
): MakeKernel {
  return (layer) => {
    const found = byteFunctionOf(layer, prepare);
    return found === null ? null : byteKernel(layer, found);
  };
}

function byteKernel(layer: Layer, found: ByteFunction): LayerKernel {
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

export function isFloatTensor({ dtype }: Tensor): boolean {
  return dtype === "float32";
}

function loadOf({ dtype }: Tensor) {
  return LOADS[dtype as keyof typeof LOADS];
}

export function centredElement(b: KernelBuilder, tensor: Tensor, place: At): Value {
  return sub(b.load(loadOf(tensor), place), zeroPointOf(tensor));
}

/** Clamps before the zero point is added, which could overflow. */
export function storeElement(
  b: KernelBuilder,
  { value, at, tensor, range }: {
    readonly value: Value;
    readonly at: At;
    readonly tensor: Tensor;
    readonly range: { readonly min: number; readonly max: number };
  },
): void {
  const zeroPoint = zeroPointOf(tensor);
  const [least, most] = [constant(range.min - zeroPoint), constant(range.max - zeroPoint)];
  const clamped = clampInteger(b, value, { least, most });
  b.store(STORES[tensor.dtype as keyof typeof STORES], at, add(clamped, zeroPoint));
}
