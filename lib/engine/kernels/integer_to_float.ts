import { apply } from "../../kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { scaleOf } from "../reference/expect.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { storeFloats } from "./float_vectors.ts";
import { LANES, loadCentred } from "./quantized_vectors.ts";

/** DEQUANTIZE: `scale * (q - zeroPoint)`; the difference is exact in float32. */
export function integerToFloat(layer: Layer): LayerKernel | null {
  if (operatorOf(layer, "DEQUANTIZE") === null) return null;
  const { inputs: [input], constants } = layer;
  const { tensor } = input!;
  const scale = constants.splatF32(scaleOf(tensor));
  return elementwiseKernel(layer, {
    kernel: `dequantize ${tensor.dtype}`,
    operands: 1,
    lanes: LANES,
    work: (b, { inputs: [place], output: at, count }) => {
      const values = loadCentred(b, constants, { tensor, at: place, count })
        .map((q) => apply("f32x4.mul", [apply("f32x4.convert_i32x4_s", [q]), scale]));
      storeFloats(b, { values, at, count });
    },
  });
}
