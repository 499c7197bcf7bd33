import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, constant } from "../../../kernel/values.ts";
import type { ActivationRange } from "../../../model/activation_range.ts";
import type { Operator } from "../../../model/operator.ts";
import type { Tensor } from "../../../model/tensor.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { ADDITIONS } from "../../reference/addition.ts";
import { outputRange } from "../../reference/clamp.ts";
import { integerRange } from "../../reference/expect.ts";
import { elementType } from "../scalar/layer_numbers.ts";
import { clampFloat, clampInteger } from "../scalar/sum_arithmetic.ts";
import { clampFloats, loadFloats, storeFloats } from "../vectors/float_vectors.ts";
import { LANES } from "../vectors/quantized_vectors.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";

type Lane = "f32" | "i32";

/** An element of the result, or a vector of them, before the fused activation. */
type Compute = (b: KernelBuilder, left: Value, right: Value) => Value;

/** Operators of two numbers that are one or two instructions; null where they are not. */
function computeOf({ op }: Operator, type: Lane | `${Lane}x4`): Compute | null {
  const instruction = (name: "add" | "sub" | "mul"): Compute => (_, left, right) =>
    apply(`${type}.${name}`, [left, right]);
  switch (op) {
    case "ADD":
      return instruction("add");
    case "SUB":
      return instruction("sub");
    case "MUL":
      return instruction("mul");
    case "DIV":
      if (type === "i32" || type === "i32x4") return null;
      return (_, left, right) => apply(`${type}.div`, [left, right]);
    case "SQUARED_DIFFERENCE":
      return (b, left, right) => {
        const difference = b.let("difference", apply(`${type}.sub`, [left, right]));
        return apply(`${type}.mul`, [difference, difference]);
      };
    default:
      return null;
  }
}

/** What the fused activation lets through; null: everything. */
function fusedRange(operator: Operator, output: Tensor): ActivationRange | null {
  switch (operator.op) {
    case "ADD":
    case "SUB": {
      const isFused = output.dtype === "float32" || ADDITIONS[operator.op].clampsInt32;
      return isFused ? outputRange(operator.attributes.activation, output) : null;
    }
    case "MUL":
    case "DIV":
      return outputRange(operator.attributes.activation, output);
    default:
      return null;
  }
}

/** ADD, SUB, MUL, DIV and SQUARED_DIFFERENCE of float32 and, but for DIV, of int32, in vectors. */
export function plainVectors(layer: Layer): LayerKernel | null {
  const { operator, outputs: [{ tensor }], constants } = layer;
  const lane = laneOf(tensor);
  const compute = lane && computeOf(operator, `${lane}x4`);
  if (compute === null) return null;
  const range = fusedRange(operator, tensor);
  const clamped = (x: Value) => {
    if (range === null) return x;
    return lane === "f32" ? clampFloats(constants, x, range) : clampWords(constants, x, range);
  };
  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} ${tensor.dtype}`,
    operands: 2,
    lanes: LANES,
    work: (b, { inputs, output: at, count }) => {
      const [left, right] = inputs.map((place) => loadFloats(b, place, count));
      const values = left.map((x, i) => clamped(compute(b, x, right[i])));
      storeFloats(b, { values, at, count });
    },
  });
}

/** The same one by one. */
export function plainElements(layer: Layer): LayerKernel | null {
  const { operator, outputs: [{ tensor }] } = layer;
  const lane = laneOf(tensor);
  const compute = lane && computeOf(operator, lane);
  if (compute === null) return null;
  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} ${tensor.dtype} scalar`,
    operands: 2,
    lanes: 1,
    work: (b, { inputs, output: at }) => {
      const { load, store } = elementType(tensor.dtype);
      const [left, right] = inputs.map((place) => b.let("x", b.load(load, place)));
      b.store(store, at, fused(b, layer, compute(b, left, right)));
    },
  });
}

/** A number of float32 or int32 after the operator's activation. */
export function fused(
  b: KernelBuilder,
  { operator, outputs: [{ tensor }] }: Layer,
  value: Value,
): Value {
  const range = fusedRange(operator, tensor);
  if (range === null) return value;
  if (tensor.dtype === "float32") return clampFloat(value, range);
  return clampInteger(b, value, { least: constant(range.min), most: constant(range.max) });
}

function laneOf({ dtype }: Tensor): Lane | null {
  return dtype === "float32" ? "f32" : dtype === "int32" ? "i32" : null;
}

function clampWords(pool: ConstantPool, x: Value, { min, max }: ActivationRange): Value {
  const least = integerRange("int32");
  const low = min === least.min ? x : apply("i32x4.max_s", [x, pool.splat32(min)]);
  return max === least.max ? low : apply("i32x4.min_s", [low, pool.splat32(max)]);
}
