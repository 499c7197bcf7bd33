import { apply, constant } from "../../kernel/values.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { loadFloats, storeFloats } from "./float_vectors.ts";
import { meanLoops } from "./mean_loops.ts";

/** MEAN of float32: terms are added in the order of the input's elements. */
export function floatMean(layer: Layer): LayerKernel | null {
  const { inputs: [input], constants } = layer;
  if (input!.tensor.dtype !== "float32") return null;
  return meanLoops(layer, ({ terms, lanes }) => ({
    code: [],
    emit: ({ b, output: at, count, each }) => {
      if (lanes === 1) {
        const sum = b.let("sum", constant(0, "f32"));
        each((x) => b.set(sum, apply("f32.add", [sum, b.load("f32.load", x)])));
        return b.store("f32.store", at, apply("f32.div", [sum, constant(terms, "f32")]));
      }
      const parts = Math.ceil(count / 4);
      const sums = Array.from({ length: parts }, () => b.let("sum", constants.splatF32(0)));
      each((x) => {
        loadFloats(b, x, count).forEach((term, part) => {
          b.set(sums[part], apply("f32x4.add", [sums[part], term]));
        });
      });
      const divisor = constants.splatF32(terms);
      const values = sums.map((sum) => apply("f32x4.div", [sum, divisor]));
      storeFloats(b, { values, at, count });
    },
  }));
}
