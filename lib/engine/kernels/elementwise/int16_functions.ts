import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, mul } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { outputRange } from "../../reference/clamp.ts";
import { integerRange, zeroPointOf } from "../../reference/expect.ts";
import { rescaleFactor, slopeOf } from "../../reference/factors.ts";
import { tableInput } from "../../reference/sigmoid.ts";
import { type ConstantRescale, prepareConstantRescale } from "../requantize/constant_rescale.ts";
import {
  LANES,
  largestCentred,
  loadCentred,
  storeQuantized,
} from "../vectors/quantized_vectors.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { placeSigmoidTable, readSigmoid, tableReadings } from "./sigmoid_table.ts";

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
      const range = { min: zeroPointOf(to), max: integerRange("int16").max };
      return make([rescale], range, (b, x) => rescale.apply(b, x));
    }
    case "RELU6":
      // The integers are kept: the input's zero point is taken away and added again.
      return make([], outputRange("RELU6", from), (_, x) => x, zeroPointOf(from));
    case "LEAKY_RELU": {
      const { slopeFactor, sign } = slopeOf({ input: from, output: to }, operator.attributes);
      const [above, below] = [rescaleFactor(from, to), slopeFactor].map(rescaleBy);
      return make([above, below], integerRange("int16"), (b, x) => {
        const isNegative = apply("i32x4.shr_s", [x, constant(31)]);
        const slope = apply("i32x4.mul", [below.apply(b, x), constants.splat32(sign)]);
        return apply("v128.bitselect", [slope, above.apply(b, x), isNegative]);
      });
    }
    default:
      return null;
  }
}

/** LOGISTIC and TANH of int16: see `logisticFromTable` and `tanhFromTable`. */
export function int16Sigmoid(layer: Layer): LayerKernel | null {
  const { operator, name, constants, inputs: [input], outputs: [output] } = layer;
  if (operator.op !== "LOGISTIC" && operator.op !== "TANH") return null;
  if (input!.tensor.dtype !== "int16") return null;
  const { multiplier, shift } = tableInput(
    { input: input!.tensor, output: output.tensor },
    tableReadings[operator.op].leftShifts,
  );
  const table = placeSigmoidTable(constants, `${name}_table`);
  const half = shift > 0 ? 2 ** (shift - 1) : 0;
  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} int16 table`,
    operands: 1,
    lanes: 1,
    work: (b, { inputs: [place], output: at }) => {
      const scaled = add(mul(b.load("i32.load16_s", place), multiplier), half);
      const x = b.let("x", apply("i32.shr_s", [scaled, shift]));
      b.store("i32.store16", at, readSigmoid(b, { table, x, operator: operator.op }));
    },
  });
}
