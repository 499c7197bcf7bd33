import type { Pipeline } from "../nest/pipeline.ts";
import type { ConvGeometry } from "./conv_shape.ts";
import { paddedInput } from "./padded_input.ts";
import { layerPipeline, operandDType, windowProduct } from "./products.ts";
import type { ProductOptions } from "./product_schedule.ts";
import { stage } from "./stage.ts";

/**
 * Convolution as a matrix product whose left side is read out of the padded input: im2col without
 * the columns. For a kernel of one pixel it is the matrix product itself.
 */
export function implicitGemm(g: ConvGeometry, options: ProductOptions = {}): Pipeline {
  const source = paddedInput(g, { dtype: operandDType(g) });
  return layerPipeline(g, {
    name: "implicit",
    scratch: source.buffers,
    nodes: [
      ...source.nodes,
      stage("multiply windows by weights", windowProduct(g, source, options)),
    ],
  });
}
