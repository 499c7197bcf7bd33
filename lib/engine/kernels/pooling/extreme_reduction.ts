import { apply, choose, constant } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { firstExtreme } from "../../reference/extreme.ts";
import { reduction } from "./reduction.ts";

const TYPES = {
  float32: { type: "f32", load: "f32.load", store: "f32.store", more: "f32.gt", less: "f32.lt" },
  int8: {
    type: "i32",
    load: "i32.load8_s",
    store: "i32.store8",
    more: "i32.gt_s",
    less: "i32.lt_s",
  },
} as const;

/** REDUCE_MAX and REDUCE_MIN: see `prepareExtremeReduction`. */
export function extremeReduction(layer: Layer): LayerKernel | null {
  const { operator: { op }, outputs: [{ tensor: { dtype } }] } = layer;
  if (op !== "REDUCE_MAX" && op !== "REDUCE_MIN") return null;
  const { type, load, store, more, less } = TYPES[dtype as keyof typeof TYPES];
  return reduction(layer, {
    first: constant(firstExtreme(op, dtype), type),
    next: (b, value, place) => {
      const x = b.let("x", b.load(load, place));
      return choose(apply(op === "REDUCE_MAX" ? more : less, [x, value]), x, value);
    },
    store: (b, value, at) => b.store(store, at, value),
  });
}
