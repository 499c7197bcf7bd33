import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type At, KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, callOf, max, min, mul, sub } from "../../../kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { scaleOf } from "../../reference/expect.ts";
import { softmaxTables } from "../../reference/softmax_int16.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
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

const NAME = "look_up_int16";

/** A function of the address of a table and an int16: see `lookUp`. */
const lookUpCode: KernelCode = write();

/** Calls it. */
function lookUp(table: Region, x: Value): Value {
  return callOf(NAME, "i32", [start(table), x]);
}

function write(): KernelCode {
  const b = new KernelBuilder();
  const [table, x] = [b.parameter("table"), b.parameter("x")];
  const index = add(apply("i32.shr_s", [x, 7]), 256);
  const address = b.let("address", add(table, apply("i32.shl", [index, 1])));
  const any: Region = {
    name: "table",
    space: "constants",
    offsetBytes: 0,
    sizeBytes: 0,
    check: null,
  };
  const base = b.let("base", b.load("i32.load16_s", { region: any, address }));
  const next = b.load("i32.load16_s", { region: any, address, offsetBytes: 2 });
  const slope = apply("i32.extend16_s", [sub(next, base)]);
  const rise = add(apply("i32.mul", [slope, apply("i32.and", [x, 127])]), 64);
  return b.finish(NAME, add(base, apply("i32.shr_s", [rise, 7])));
}
