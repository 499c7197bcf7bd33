import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { apply, constant } from "../../kernel/values.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { outputRange } from "../reference/clamp.ts";
import { rangeOf, zeroPointOf } from "../reference/expect.ts";
import { rescaleFactor, slopeOf } from "../reference/rectifiers.ts";
import { type ConstantRescale, prepareConstantRescale } from "./constant_rescale.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { largestCentred } from "./quantized_addition.ts";
import { LANES, loadCentred, storeQuantized } from "./quantized_vectors.ts";

/** RELU, RELU6 and LEAKY_RELU of int16. */
export function int16Rectifier(layer: Layer): LayerKernel | null {
  const { operator, constants, inputs: [input], outputs: [output] } = layer;
  const [from, to] = [input!.tensor, output.tensor];
  if (from.dtype !== "int16") return null;
  const rescaleBy = (factor: ReturnType<typeof rescaleFactor>) =>
    prepareConstantRescale(constants, { factor, bound: largestCentred(from) });
  const make = (
    rescales: readonly ConstantRescale[],
    range: { readonly min: number; readonly max: number },
    compute: (b: KernelBuilder, x: Value) => Value,
    zeroPoint = zeroPointOf(to),
  ) =>
    elementwiseKernel(layer, {
      kernel: `${operator.op.toLowerCase()} int16`,
      operands: 1,
      lanes: LANES,
      code: rescales.flatMap(({ code }) => code),
      work: (b, { inputs: [place], output: at, count }) => {
        const values = loadCentred(b, constants, { tensor: from, at: place, count })
          .map((x) => b.let("y", compute(b, b.let("x", x))));
        storeQuantized(b, constants, { values, at, count, tensor: to, zeroPoint, range });
      },
    });
  switch (operator.op) {
    case "RELU": {
      const rescale = rescaleBy(rescaleFactor(from, to));
      const range = { min: zeroPointOf(to), max: rangeOf("int16").max };
      return make([rescale], range, (b, x) => rescale.apply(b, x));
    }
    case "RELU6":
      // The integers are kept: the input's zero point is taken away and added again.
      return make([], outputRange("RELU6", from), (_, x) => x, zeroPointOf(from));
    case "LEAKY_RELU": {
      const { slopeFactor, sign } = slopeOf({ input: from, output: to }, operator.attributes);
      const [above, below] = [rescaleFactor(from, to), slopeFactor].map(rescaleBy);
      return make([above, below], rangeOf("int16"), (b, x) => {
        const isNegative = apply("i32x4.shr_s", [x, constant(31)]);
        const slope = apply("i32x4.mul", [below.apply(b, x), constants.splat32(sign)]);
        return apply("v128.bitselect", [slope, above.apply(b, x), isNegative]);
      });
    }
    default:
      return null;
  }
}
