import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, min, mul, sub } from "../../../kernel/values.ts";
import { type QuantizedMultiplier, quantizeMultiplier } from "../../../model/fixed_point.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { integerRange, scaleOf, zeroPointOf } from "../../reference/expect.ts";
import { isEmpty } from "../../reference/reduction.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { storeElement } from "../scalar/elements_scalar.ts";
import { LOADS } from "../vectors/quantized_vectors.ts";
import { reduction } from "./reduction.ts";

/** MEAN over axes that are known at run time only, or over nothing, or of a scalar; null over others. */
export function meanAtRunTime(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "MEAN") === null) return null;
  const { inputs: [input, axes], outputs: [{ tensor: to }] } = layer;
  const from = input!.tensor;
  const isNothing = isEmpty(from);
  const isScalar = from.shape.length === 0;
  if (axes!.tensor.data !== null && !isNothing && !isScalar) return null;
  if (to.dtype === "float32") {
    return reduction(layer, {
      first: constant(0, "f32"),
      next: (b, value, x) => apply("f32.add", [value, b.load("f32.load", x)]),
      store: (b, value, at, terms) => {
        const mean = apply("f32.div", [value, apply("f32.convert_i32_s", [terms])]);
        b.store("f32.store", at, isNothing ? value : mean);
      },
    });
  }
  const load = LOADS[from.dtype as keyof typeof LOADS];
  const factor = quantizeMultiplier(scaleOf(from) / scaleOf(to));
  return reduction(layer, {
    code: [multiplyCode],
    first: constant(0),
    next: (b, value, x) => add(value, b.load(load, x)),
    store: (b, value, at, terms) => {
      const scaled = () => {
        const { multiplier, shift } = dividedFactor(b, factor, terms);
        const sum = sub(value, mul(terms, zeroPointOf(from)));
        return b.let("scaled", multiplied(sum, multiplier, shift));
      };
      const mean = isNothing ? constant(-zeroPointOf(to)) : scaled();
      storeElement(b, { value: mean, at, tensor: to, range: integerRange(to.dtype) });
    },
  });
}

/** `meanFactor` in code. */
function dividedFactor(
  b: KernelBuilder,
  { multiplier, shift }: QuantizedMultiplier,
  terms: Value,
): { readonly multiplier: Value; readonly shift: Value } {
  const left = b.let("left", min(sub(31, apply("i32.clz", [terms])), 31 + shift));
  const shifted = apply("i64.shl", [
    constant(BigInt(multiplier), "i64"),
    apply("i64.extend_i32_u", [left]),
  ]);
  const divided = apply("i64.div_s", [shifted, apply("i64.extend_i32_u", [terms])]);
  return {
    multiplier: b.let("multiplier", apply("i32.wrap_i64", [divided])),
    shift: b.let("shift", sub(shift, left)),
  };
}
