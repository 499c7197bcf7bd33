import { add, apply, choose, constant, max, min, mul, sub } from "../../../kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { integerRange, scaleOf } from "../../reference/expect.ts";
import { DROPPED_BITS, logSoftmaxTables } from "../../reference/log_softmax_int8.ts";
import { FloatExponential } from "../elementwise/float_exp.ts";
import { floatLogCode as floatLogarithmCode, logarithm } from "../elementwise/float_log.ts";
import { logarithmCode, logarithmOf, recordRoundingShift } from "../fixed_point/logarithm.ts";
import { multiplied } from "../requantize/fixed_point_lanes.ts";
import { clampInteger } from "../scalar/sum_arithmetic.ts";
import { loadBytes } from "../vectors/bytes.ts";
import { softmaxRows } from "./softmax_rows.ts";

const LEAST_FLOAT = -(2 ** 128 - 2 ** 104);

/**
 * LOG_SOFTMAX of float32: four exponentials at a time, summed up one after the other as the reference
 * does; none of them is stored, since the output may lie over the input.
 */
export function logSoftmaxFloat(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "LOG_SOFTMAX");
  if (operator === null || layer.inputs[0]!.tensor.dtype !== "float32") return null;
  return softmaxRows(layer, {
    kernel: "log_softmax float32",
    code: [floatLogarithmCode],
    row: ({ b, read, store }) => {
      const most = b.let("most", constant(LEAST_FLOAT, "f32"));
      read(1, (at) => {
        const x = b.let("x", b.load("f32.load", at));
        b.set(most, choose(apply("f32.lt", [most, x]), x, most));
      });
      const sum = b.let("sum", constant(0, "f32"));
      read(4, (at, count) => {
        const x = loadBytes(b, at, count * 4);
        const less = apply("f32x4.sub", [x, apply("f32x4.splat", [most])]);
        const powers = b.let("powers", new FloatExponential(b, layer.constants).exp(less));
        for (let i = 0; i < count; i++) {
          b.set(sum, apply("f32.add", [sum, apply("f32x4.extract_lane", [powers], [i])]));
        }
      });
      const log = b.let("log", logarithm(sum));
      store(1, (x, y) => {
        const less = apply("f32.sub", [b.load("f32.load", x), most]);
        b.store("f32.store", y, apply("f32.sub", [less, log]));
      });
    },
  });
}

/** LOG_SOFTMAX of int8 in fixed point: see `logSoftmaxRowInt8`. */
export function logSoftmaxInt8(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "LOG_SOFTMAX");
  const { name, inputs: [input], constants } = layer;
  if (operator === null || input!.tensor.dtype !== "int8") return null;
  const { differences, powers, reach, inverse } = logSoftmaxTables(scaleOf(input!.tensor));
  const [differenceTable, powerTable] = [differences, powers].map((table, i) =>
    constants.place(`${name}_${i === 0 ? "differences" : "powers"}`, new Uint8Array(table.buffer))
  );
  const range = integerRange("int8");
  return softmaxRows(layer, {
    kernel: "log_softmax int8",
    code: logarithmCode,
    row: ({ b, read, store }) => {
      const most = b.let("most", range.min);
      read(1, (at) => {
        const value = b.let("value", b.load("i32.load8_s", at));
        b.set(most, max(most, value));
      });
      const distance = (at: Parameters<typeof b.load>[1]) =>
        b.let("distance", sub(most, b.load("i32.load8_s", at)));
      const entry = (region: typeof powerTable, index: ReturnType<typeof distance>) =>
        b.load("i32.load", { region, address: mul(index, 4), isIndex: true });
      const sum = b.let("sum", 0);
      read(1, (at) => b.advance(sum, entry(powerTable, distance(at))));
      const log = b.let("log", logarithmOf(sum));
      const least = multiplied(add(log, -(2 ** 31)), inverse.multiplier, inverse.shift);
      const beyond = b.let("beyond", min(reach + 1, b.let("below", sub(0, least))));
      store(1, (x, y) => {
        const below = distance(x);
        const result = recordRoundingShift(
          b,
          sub(entry(differenceTable, below), log),
          DROPPED_BITS,
        );
        const [least, highest] = [constant(range.min), constant(range.max)];
        const q = clampInteger(b, add(result, range.max), { least, most: highest });
        const isBeyond = apply("i32.ge_s", [below, beyond]);
        b.store("i32.store8", y, choose(isBeyond, range.min, q));
      });
    },
  });
}
