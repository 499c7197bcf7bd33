import { apply } from "../../kernel/values.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { outputRange } from "../reference/clamp.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { clampFloats } from "./float_clamp.ts";
import { loadFloats, storeFloats } from "./float_vectors.ts";
import { LANES } from "./quantized_vectors.ts";

const OPS = { ADD: "f32x4.add", SUB: "f32x4.sub", MUL: "f32x4.mul" } as const;

/** ADD, SUB and MUL of float32. */
export function floatBinary(layer: Layer): LayerKernel | null {
  const { operator, outputs: [output], constants } = layer;
  if (operator.op !== "ADD" && operator.op !== "SUB" && operator.op !== "MUL") return null;
  if (output.tensor.dtype !== "float32") return null;
  const op = OPS[operator.op];
  const range = outputRange(operator.attributes.activation, output.tensor);
  return elementwiseKernel(layer, {
    kernel: `${operator.op.toLowerCase()} float32`,
    operands: 2,
    lanes: LANES,
    work: (b, { inputs, output: at, count }) => {
      const [left, right] = inputs.map((place) => loadFloats(b, place, count));
      const values = left.map((x, i) => clampFloats(constants, apply(op, [x, right[i]]), range));
      storeFloats(b, { values, at, count });
    },
  });
}
