import type { At } from "../../codegen/kernel/kernel_builder.ts";
import type { Value } from "../../codegen/kernel/kernel.ts";
import { apply, callOf, constant } from "../../codegen/kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { loadBytes } from "./load_bytes.ts";
import { softmaxRows } from "./softmax_rows.ts";
import { storeBytes } from "./store_bytes.ts";

/**
 * SOFTMAX of float32: exponentials are stored where the results go, and divided there by their sum.
 */
export function softmaxFloat(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SOFTMAX");
  if (operator === null || layer.inputs[0]!.tensor.dtype !== "float32") return null;
  const beta = constant(Math.fround(operator.attributes.beta), "f32");
  return softmaxRows(layer, {
    kernel: "softmax float32",
    code: [],
    row: ({ b, read, store, results }) => {
      const load = (x: At) => b.load("f32.load", x);
      const most = b.let("most", constant(-Infinity, "f32"));
      read((x) => b.set(most, apply("f32.max", [most, load(x)])));
      store((x, y) => {
        const difference = apply("f32.mul", [apply("f32.sub", [load(x), most]), beta]);
        b.store("f32.store", y, exp(difference));
      });
      const sum = b.let("sum", constant(0, "f32"));
      results(1, (y) => b.set(sum, apply("f32.add", [sum, load(y)])));
      const divisor = b.let("divisor", apply("f32x4.splat", [sum]));
      results(4, (y, count) => {
        const powers = loadBytes(b, y, count * 4);
        storeBytes(b, y, b.let("y", apply("f32x4.div", [powers, divisor])), count * 4);
      });
    },
  });
}

/** exp of a float32, rounded to float32. */
export function exp(x: Value): Value {
  const wide = apply("f64.promote_f32", [x]);
  return apply("f32.demote_f64", [callOf("exp", "f64", [wide])]);
}
