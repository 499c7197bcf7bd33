import { apply, constant } from "../../../kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { FloatExponential } from "../elementwise/float_exp.ts";
import { loadBytes, storeBytes } from "../vectors/bytes.ts";
import { beyond } from "../vectors/quantized_vectors.ts";
import { softmaxRows } from "./softmax_rows.ts";

/**
 * SOFTMAX of float32: exponentials are stored where the results go, and divided there by their sum,
 * which is summed up element by element as the reference does.
 */
export function softmaxFloat(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SOFTMAX");
  const { inputs: [input], constants } = layer;
  if (operator === null || input!.tensor.dtype !== "float32") return null;
  const beta = constants.splatF32(operator.attributes.beta);
  return softmaxRows(layer, {
    kernel: "softmax float32",
    code: [],
    row: ({ b, read, store, results }) => {
      const most = b.let("most", constants.splatF32(-Infinity));
      read(4, (x, count) => {
        if (count === 4) return b.set(most, apply("f32x4.max", [most, b.load("v128.load", x)]));
        for (let i = 0; i < count; i++) {
          const one = b.load("v128.load32_splat", beyond(x, 4 * i));
          b.set(most, apply("f32x4.max", [most, one]));
        }
      });
      for (const lanes of [SWAPPED_HALVES, SWAPPED_NEIGHBOURS]) {
        const other = apply("i8x16.shuffle", [most, most], lanes);
        b.set(most, apply("f32x4.max", [most, other]));
      }
      store(4, (x, y, count) => {
        const difference = apply("f32x4.sub", [loadBytes(b, x, count * 4), most]);
        const power = new FloatExponential(b, constants).exp(
          apply("f32x4.mul", [difference, beta]),
        );
        storeBytes(b, y, power, count * 4);
      });
      const sum = b.let("sum", constant(0, "f32"));
      results(1, (y) => b.set(sum, apply("f32.add", [sum, b.load("f32.load", y)])));
      const divisor = b.let("divisor", apply("f32x4.splat", [sum]));
      results(4, (y, count) => {
        const powers = loadBytes(b, y, count * 4);
        storeBytes(b, y, b.let("y", apply("f32x4.div", [powers, divisor])), count * 4);
      });
    },
  });
}

const SWAPPED_HALVES = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const SWAPPED_NEIGHBOURS = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];
