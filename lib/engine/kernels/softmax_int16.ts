import type { At } from "../../kernel/kernel_builder.ts";
import { add, apply, max, min, mul, sub } from "../../kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { scaleOf } from "../reference/expect.ts";
import { softmaxTables } from "../reference/softmax_int16.ts";
import { lookUp, lookUpCode } from "./look_up_int16.ts";
import { multiplied, multiplyCode } from "./multiply_by_quantized_multiplier.ts";
import { softmaxRows } from "./softmax_rows.ts";

/** SOFTMAX of int16 by two tables: see `softmaxInt16`. */
export function softmaxInt16(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SOFTMAX");
  const { name, inputs: [input], constants } = layer;
  if (operator === null || input!.tensor.dtype !== "int16") return null;
  const { beta } = operator.attributes;
  const { factor, exp, reciprocal } = softmaxTables({ scale: scaleOf(input!.tensor), beta });
  const [powers, inverses] = [exp, reciprocal].map((table, i) =>
    constants.place(`${name}_${i === 0 ? "exp" : "reciprocal"}`, new Uint8Array(table.buffer))
  );
  return softmaxRows(layer, {
    kernel: "softmax int16",
    code: [multiplyCode, lookUpCode],
    row: ({ b, read, store }) => {
      const load = (x: At) => b.load("i32.load16_s", x);
      const most = b.let("most", -32768);
      read(1, (x) => {
        const value = b.let("value", load(x));
        b.set(most, max(most, value));
      });
      const powerAt = (x: At) => {
        const scaled = multiplied(sub(load(x), most), factor.multiplier, factor.shift);
        const place = b.let("place", add(scaled, 32767));
        b.set(place, min(place, 32767));
        return b.let("power", lookUp(powers, max(place, -32768)));
      };
      const sum = b.let("sum", 0);
      read(1, (x) => b.advance(sum, powerAt(x)));
      const headroom = b.let("headroom", apply("i32.clz", [sum]));
      const scaled = apply("i32.shl", [sum, sub(headroom, 1)]);
      const fraction = sub(apply("i32.shr_u", [add(scaled, 2 ** 13), 14]), 2 ** 15 + 2 ** 16);
      const place = b.let("place", fraction);
      b.set(place, min(place, 32767));
      const inverse = b.let("inverse", lookUp(inverses, max(place, -32768)));
      const shift = b.let("shift", sub(31, headroom));
      const half = b.let("half", apply("i32.shl", [1, sub(shift, 1)]));
      store(1, (x, y) => {
        const product = mul(powerAt(x), inverse);
        const q = b.let("q", apply("i32.shr_s", [add(product, half), shift]));
        b.set(q, min(q, 32767));
        b.store("i32.store16", y, max(q, 0));
      });
    },
  });
}
