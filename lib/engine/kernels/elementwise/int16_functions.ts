import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, min, mul, sub } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { outputRange } from "../../reference/clamp.ts";
import { rangeOf, zeroPointOf } from "../../reference/expect.ts";
import { rescaleFactor, slopeOf } from "../../reference/factors.ts";
import { sigmoidTable, tableInput } from "../../reference/sigmoid.ts";
import { type ConstantRescale, prepareConstantRescale } from "../requantize/constant_rescale.ts";
import {
  LANES,
  largestCentred,
  loadCentred,
  storeQuantized,
} from "../vectors/quantized_vectors.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";

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

/** How LOGISTIC and TANH read the one table: bits of interpolation, results beyond its end, halves. */
const READINGS = {
  LOGISTIC: {
    bits: 9,
    leftShifts: [0],
    end: 0x7fff << 10,
    shift: 10,
    positive: 512,
    negative: 511,
    mirror: 2 ** 25,
    offset: 0,
  },
  TANH: {
    bits: 8,
    leftShifts: [0, 1],
    end: 0xffff << 8,
    shift: 8,
    positive: 128,
    negative: 127,
    mirror: 0,
    offset: 2 ** 23,
  },
} as const;

/** LOGISTIC and TANH of int16: see `fromTable` of the two operators. */
export function int16Sigmoid(layer: Layer): LayerKernel | null {
  const { operator, name, constants, inputs: [input], outputs: [output] } = layer;
  if (operator.op !== "LOGISTIC" && operator.op !== "TANH") return null;
  if (input!.tensor.dtype !== "int16") return null;
  const reading = READINGS[operator.op];
  const { multiplier, shift } = tableInput(
    { input: input!.tensor, output: output.tensor },
    reading.leftShifts,
  );
  const values = Int32Array.from(sigmoidTable);
  const table = constants.place(`${name}_table`, new Uint8Array(values.buffer));
  const half = shift > 0 ? 2 ** (shift - 1) : 0;
  const interpolate = (b: KernelBuilder, size: Value): Value => {
    const step = min(apply("i32.shr_u", [size, reading.bits]), 255);
    const index = b.let("index", step);
    const at = (offset: Value, next: number) =>
      b.load("i32.load", {
        region: table,
        address: apply("i32.shl", [offset, 2]),
        offsetBytes: 4 * next,
        isIndex: true,
      });
    const base = b.let("base", at(index, 0));
    // Beyond the table's end the value is not used: any entry will do.
    const next = at(min(index, 254), 1);
    const part = apply("i32.and", [size, 2 ** reading.bits - 1]);
    const inside = add(apply("i32.shl", [base, reading.bits]), mul(part, sub(next, base)));
    return choose(apply("i32.ge_s", [index, 255]), reading.end, inside);
  };
  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} int16 table`,
    operands: 1,
    lanes: 1,
    work: (b, { inputs: [place], output: at }) => {
      const scaled = add(mul(b.load("i32.load16_s", place), multiplier), half);
      const x = b.let("x", apply("i32.shr_s", [scaled, shift]));
      const isPositive = apply("i32.ge_s", [x, 0]);
      const size = b.let("size", choose(isPositive, x, sub(0, x)));
      const value = b.let("value", sub(interpolate(b, size), reading.offset));
      const mirrored = add(sub(reading.mirror, value), reading.negative);
      const y = choose(isPositive, add(value, reading.positive), mirrored);
      b.store("i32.store16", at, apply("i32.shr_s", [y, reading.shift]));
    },
  });
}
