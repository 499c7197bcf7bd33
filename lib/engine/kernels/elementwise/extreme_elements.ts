import { apply, choose } from "../../../kernel/values.ts";
import type { Dtype } from "../../../model/dtype.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { elementType } from "../scalar/layer_numbers.ts";
import { loadBytes, storeBytes } from "../vectors/bytes.ts";
import { compared } from "./compare_elements.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";

const SHAPES = {
  int8: { lanes: "i8x16", load: "v128.load8_splat" },
  int16: { lanes: "i16x8", load: "v128.load16_splat" },
  int32: { lanes: "i32x4", load: "v128.load32_splat" },
  float32: { lanes: "f32x4", load: "v128.load32_splat" },
} as const satisfies Partial<Record<Dtype, unknown>>;

/** MINIMUM and MAXIMUM, a vector at a time, of all types but int64. */
export function extremeVectors(layer: Layer): LayerKernel | null {
  const { operator: { op }, outputs: [{ tensor: { dtype } }] } = layer;
  const shape = SHAPES[dtype as keyof typeof SHAPES];
  if (op !== "MINIMUM" && op !== "MAXIMUM" || shape === undefined) return null;
  const name = op === "MINIMUM" ? "min" : "max";
  const { bytes } = elementType(dtype);
  return elementwiseKernel(layer, {
    kernel: `${op.toLowerCase()} ${dtype}`,
    operands: 2,
    lanes: 16 / bytes,
    work: (b, { inputs, output, count }) => {
      const [left, right] = inputs.map((place) => (
        b.let(
          "x",
          place.isStretched ? b.load(shape.load, place) : loadBytes(b, place, count * bytes),
        )
      ));
      // Where elements do not compare, `pmin` and `pmax` give the first, and TFLM the second.
      const extreme = shape.lanes === "f32x4"
        ? apply(`f32x4.p${name}`, [right, left])
        : apply(`${shape.lanes}.${name}_s`, [left, right]);
      storeBytes(b, output, b.let("y", extreme), count * bytes);
    },
  });
}

/** MINIMUM and MAXIMUM of all types that the reference takes, element by element. */
export function extremeElements(layer: Layer): LayerKernel | null {
  const { operator: { op }, outputs: [{ tensor: { dtype } }] } = layer;
  if (op !== "MINIMUM" && op !== "MAXIMUM") return null;
  const { load, store } = elementType(dtype);
  return elementwiseKernel(layer, {
    kernel: `${op.toLowerCase()} ${dtype} scalar`,
    operands: 2,
    lanes: 1,
    work: (b, { inputs, output }) => {
      const [left, right] = inputs.map((place) => b.let("x", b.load(load, place)));
      const isFirst = compared(op === "MINIMUM" ? "LESS" : "GREATER", left, right);
      b.store(store, output, choose(isFirst, left, right));
    },
  });
}
