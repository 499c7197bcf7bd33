import { apply, choose } from "../../../kernel/values.ts";
import type { Dtype } from "../../../model/dtype.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";

const TYPES = {
  int8: { load: "i32.load8_s", store: "i32.store8", less: "i32.lt_s", more: "i32.gt_s" },
  int16: { load: "i32.load16_s", store: "i32.store16", less: "i32.lt_s", more: "i32.gt_s" },
  int32: { load: "i32.load", store: "i32.store", less: "i32.lt_s", more: "i32.gt_s" },
  int64: { load: "i64.load", store: "i64.store", less: "i64.lt_s", more: "i64.gt_s" },
  float32: { load: "f32.load", store: "f32.store", less: "f32.lt", more: "f32.gt" },
} as const satisfies Partial<Record<Dtype, unknown>>;

/** MINIMUM and MAXIMUM of all types that the reference takes, element by element. */
export function extremeElements(layer: Layer): LayerKernel | null {
  const { operator: { op }, outputs: [{ tensor: { dtype } }] } = layer;
  const type = TYPES[dtype as keyof typeof TYPES];
  if (op !== "MINIMUM" && op !== "MAXIMUM" || type === undefined) return null;
  return elementwiseKernel(layer, {
    kernel: `${op.toLowerCase()} ${dtype}`,
    operands: 2,
    lanes: 1,
    work: (b, { inputs, output }) => {
      const [left, right] = inputs.map((place) => b.let("x", b.load(type.load, place)));
      const isFirst = apply(op === "MINIMUM" ? type.less : type.more, [left, right]);
      b.store(type.store, output, choose(isFirst, left, right));
    },
  });
}
