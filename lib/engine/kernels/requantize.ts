import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { apply, choose, constant, sub } from "../../kernel/values.ts";
import { type QuantizedMultiplier, quantizeMultiplier } from "../../model/fixed_point.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { rangeOf, scaleOf, zeroPointOf } from "../reference/expect.ts";
import { prepareConstantRescale } from "./constant_rescale.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { multiplied, multiplyCode } from "./multiply_by_quantized_multiplier.ts";
import { largestCentred } from "./quantized_addition.ts";
import { LANES, loadCentred, storeQuantized } from "./quantized_vectors.ts";

/** QUANTIZE of integers of 8 and 16 bits: from one quantization to another. */
export function requantize(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "QUANTIZE") === null) return null;
  const { inputs: [input], outputs: [output], constants } = layer;
  const [from, to] = [input!.tensor, output.tensor];
  if (from.dtype === "float32" || from.dtype === "int32" || to.dtype === "int32") return null;
  const rescale = prepareConstantRescale(constants, {
    factor: quantizeMultiplier(scaleOf(from) / scaleOf(to)),
    bound: largestCentred(from),
  });
  return elementwiseKernel(layer, {
    kernel: `requantize ${from.dtype} to ${to.dtype}`,
    operands: 1,
    lanes: LANES,
    code: rescale.code,
    work: (b, { inputs: [place], output: at, count }) => {
      const values = loadCentred(b, constants, { tensor: from, at: place, count })
        .map((x) => rescale.apply(b, x));
      const [zeroPoint, range] = [zeroPointOf(to), rangeOf(to.dtype)];
      storeQuantized(b, constants, { values, at, count, tensor: to, zeroPoint, range });
    },
  });
}

/** Loads of one element of an integer type. */
export const LOADS = {
  int8: "i32.load8_s",
  uint8: "i32.load8_u",
  int16: "i32.load16_s",
  int32: "i32.load",
} as const;

/** Stores of one element of an integer type. */
export const STORES = {
  int8: "i32.store8",
  uint8: "i32.store8",
  int16: "i32.store16",
  int32: "i32.store",
} as const;

/** QUANTIZE from or to int32, element by element. */
export function requantizeInt32(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "QUANTIZE") === null) return null;
  const [from, to] = [layer.inputs[0]!.tensor, layer.outputs[0].tensor];
  if (from.dtype === "float32") return null;
  const factor = quantizeMultiplier(scaleOf(from) / scaleOf(to));
  return elementwiseKernel(layer, {
    kernel: `requantize ${from.dtype} to ${to.dtype}`,
    operands: 1,
    lanes: 1,
    code: [multiplyCode],
    work: (b, { inputs: [place], output: at }) => {
      const x = sub(b.load(LOADS[from.dtype as keyof typeof LOADS], place), zeroPointOf(from));
      const q = scaled(b, { x, factor, zeroPoint: zeroPointOf(to), range: rangeOf(to.dtype) });
      b.store(STORES[to.dtype as keyof typeof STORES], at, q);
    },
  });
}

/** The factor applied and the zero point added in 64 bits, where an int32 may overflow. */
function scaled(
  b: KernelBuilder,
  { x, factor: { multiplier, shift }, zeroPoint, range: { min, max } }: {
    readonly x: Value;
    readonly factor: QuantizedMultiplier;
    readonly zeroPoint: number;
    readonly range: { readonly min: number; readonly max: number };
  },
): Value {
  const wide = apply("i64.extend_i32_s", [multiplied(x, multiplier, shift)]);
  const q = b.let("q", apply("i64.add", [wide, constant(zeroPoint, "i64")]));
  const [low, high] = [constant(min, "i64"), constant(max, "i64")];
  b.set(q, choose(apply("i64.lt_s", [q, low]), low, q));
  return apply("i32.wrap_i64", [choose(apply("i64.gt_s", [q, high]), high, q)]);
}
