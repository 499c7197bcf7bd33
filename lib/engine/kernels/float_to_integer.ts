import type { Value } from "../../kernel/kernel.ts";
import { start } from "../../kernel/kernel_builder.ts";
import { apply, constant } from "../../kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { rangeOf, scaleOf, zeroPointOf } from "../reference/expect.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { loadFloats } from "./float_vectors.ts";
import { LANES, storeQuantized } from "./quantized_vectors.ts";

/** The largest float32 below a half. */
const BELOW_HALF = 0.5 - 2 ** -25;

/**
 * QUANTIZE of float32: the quotient rounded to float32, then halves away from zero. Truncating after
 * adding what is just below a half, with the sign of the quotient, rounds so for every float32.
 * NaN sets a word of memory, by which the run is refused.
 */
export function floatToInteger(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "QUANTIZE") === null) return null;
  const { name, inputs: [input], outputs: [output], constants, target } = layer;
  if (input!.tensor.dtype !== "float32") return null;
  const { tensor } = output;
  const scale = constants.splatF32(scaleOf(tensor));
  const nan = constants.place(`${name}_nan`, new Uint8Array(4));
  const rounded = (quotient: Value) => {
    const sign = apply("v128.and", [quotient, constants.splat32(-(2 ** 31))]);
    const nudge = apply("v128.or", [sign, constants.splatF32(BELOW_HALF)]);
    return apply("i32x4.trunc_sat_f32x4_s", [apply("f32x4.add", [quotient, nudge])]);
  };
  const kernel = elementwiseKernel(layer, {
    kernel: `quantize float32 to ${tensor.dtype}`,
    operands: 1,
    lanes: LANES,
    work: (b, { inputs: [place], output: at, count }) => {
      const quotients = loadFloats(b, place, count)
        .map((x) => b.let("quotient", apply("f32x4.div", [x, scale])));
      const unordered = quotients.map((q) => apply("f32x4.ne", [q, q]));
      const isNan = unordered.reduce((all, each) => apply("v128.or", [all, each]));
      if (target === "wasm") {
        b.if(apply("v128.any_true", [isNan]), () => {
          b.store("i32.store", { region: nan, address: start(nan) }, constant(1));
        });
      }
      storeQuantized(b, constants, {
        values: quotients.map((q) => b.let("q", rounded(q))),
        at,
        count,
        tensor,
        zeroPoint: zeroPointOf(tensor),
        range: rangeOf(tensor.dtype),
      });
    },
  });
  return {
    ...kernel,
    refusal: { word: nan, reason: `NaN in tensor "${input!.tensor.name}"` },
  };
}
