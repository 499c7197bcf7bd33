import { apply } from "../../kernel/values.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { outputRange } from "../reference/clamp.ts";
import { zeroPointOf } from "../reference/expect.ts";
import { productFactor } from "../reference/mul.ts";
import { prepareConstantRescale } from "./constant_rescale.ts";
import { elementwiseKernel } from "./elementwise_kernel.ts";
import { largestCentred } from "./quantized_addition.ts";
import { centred, LANES, loadInt16, storeQuantized } from "./quantized_vectors.ts";

/** MUL of int8, uint8 and int16: `(a - za) (b - zb)` in 32 bits, rescaled. */
export function quantizedProduct(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "MUL");
  const { inputs, outputs: [output], constants } = layer;
  if (operator === null || output.tensor.dtype === "float32") return null;
  const tensors = inputs.map((input) => input!.tensor);
  const bound = largestCentred(tensors[0]) * largestCentred(tensors[1]);
  const factor = productFactor([...tensors, output.tensor]);
  const rescale = prepareConstantRescale(constants, { factor, bound });
  const range = outputRange(operator.attributes.activation, output.tensor);
  return elementwiseKernel(layer, {
    kernel: `mul ${output.tensor.dtype}`,
    operands: 2,
    lanes: LANES,
    code: rescale.code,
    work: (b, { inputs: places, output: at, count }) => {
      // int16 has a zero point of 0: every operand fits 16 bits.
      const [left, right] = places.map((place, i) =>
        loadInt16(b, tensors[i], { at: place, count })
          .map((x) => b.let("x", centred(constants, x, zeroPointOf(tensors[i]))))
      );
      const products = left.flatMap((x, i) =>
        (["low", "high"] as const).map((half) => (
          apply(`i32x4.extmul_${half}_i16x8_s`, [x, right[i]])
        ))
      ).slice(0, Math.ceil(count / 4));
      storeQuantized(b, constants, {
        values: products.map((product) => rescale.apply(b, b.let("product", product))),
        at,
        count,
        tensor: output.tensor,
        zeroPoint: zeroPointOf(output.tensor),
        range,
      });
    },
  });
}
