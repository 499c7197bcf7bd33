import type { Value } from "../../../kernel/kernel.ts";
import type { At } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, max, min, sub } from "../../../kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { integerRange, scaleOf } from "../../reference/expect.ts";
import { MOST_SUMMED, powerOfDifference, SUM_BITS } from "../../reference/softmax_int8.ts";
import { reciprocalCode, reciprocalOfOnePlus } from "../fixed_point/reciprocal.ts";
import { multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { softmaxRows } from "./softmax_rows.ts";

/**
 * SOFTMAX of int8 and uint8 in fixed point: see `softmaxInt8`. The exponentials of all 256
 * differences to the maximum are a table.
 */
export function softmax8Bit(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SOFTMAX");
  const { name, inputs: [input], outputs: [output], constants } = layer;
  if (operator === null || !["int8", "uint8"].includes(input!.tensor.dtype)) return null;
  const { beta } = operator.attributes;
  const powerOf = powerOfDifference({ scale: scaleOf(input!.tensor), beta });
  const powers = Int32Array.from({ length: 256 }, (_, less) => powerOf(-less));
  const table = constants.place(`${name}_powers`, new Uint8Array(powers.buffer));
  const sign = input!.tensor.dtype === "uint8" ? "u" : "s";
  const range = integerRange(output.tensor.dtype);
  const bits = output.tensor.dtype === "int16" ? 16 : 8;
  const isLong = (output.tensor.shape.at(-1) ?? 1) > MOST_SUMMED;
  return softmaxRows(layer, {
    kernel: `softmax ${input!.tensor.dtype} to ${output.tensor.dtype}`,
    code: [multiplyCode, reciprocalCode],
    row: ({ b, read, store }) => {
      const load = (x: At) => b.load(`i32.load8_${sign}`, x);
      const most = b.let("most", integerRange(input!.tensor.dtype).min);
      read(1, (x) => {
        const value = b.let("value", load(x));
        b.set(most, max(most, value));
      });
      const powerAt = (x: At, op: "i32.load" | "i64.load32_s"): Value => {
        const address = apply("i32.shl", [sub(most, load(x)), 2]);
        return b.load(op, { region: table, address, isIndex: true });
      };
      const sum = b.let("sum", 0);
      read(1, (x) => {
        const rounded = add(powerAt(x, "i32.load"), 2 ** (SUM_BITS - 1));
        const share = apply("i32.shr_u", [rounded, SUM_BITS]);
        if (!isLong) return b.advance(sum, share);
        const more = b.let("more", add(sum, share));
        b.set(sum, choose(apply("i32.lt_u", [more, sum]), -1, more));
      });
      const headroom = b.let("headroom", apply("i32.clz", [sum]));
      const fraction = apply("i32.xor", [apply("i32.shl", [sum, headroom]), -(2 ** 31)]);
      const wide = (value: Value) => apply("i64.extend_i32_s", [value]);
      const inverse = b.let("inverse", wide(reciprocalOfOnePlus(fraction)));
      const exponent = b.let("exponent", wide(sub(SUM_BITS + 31 - bits, headroom)));
      const one = constant(1, "i64");
      const half = b.let(
        "half",
        apply("i64.shl", [one, apply("i64.sub", [exponent, one])]),
      );
      store(1, (x, y) => {
        const product = apply("i64.mul", [inverse, powerAt(x, "i64.load32_s")]);
        const rounded = apply("i64.add", [product, constant(2 ** 30, "i64")]);
        const high = apply("i64.shr_s", [rounded, constant(31, "i64")]);
        const share = apply("i64.shr_s", [apply("i64.add", [high, half]), exponent]);
        const q = b.let("q", add(apply("i32.wrap_i64", [share]), range.min));
        b.store(bits === 16 ? "i32.store16" : "i32.store8", y, min(q, range.max));
      });
    },
  });
}
