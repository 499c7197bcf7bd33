import type { Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, apply, choose, min, mul, sub } from "../../kernel/values.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { sigmoidTable, tableInput } from "../reference/sigmoid.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";

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
