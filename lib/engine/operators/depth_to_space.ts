import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { expectSameType } from "../reference/expect.ts";
import { mapIndices, position } from "../reference/indices.ts";
import { pixelBlocks } from "../reference/pixel_blocks.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** Channels become blocks of pixels, row by row of a block. */
export const depthToSpace: EngineOperator<"DEPTH_TO_SPACE"> = {
  types: ["float32", "int8"],
  reference: prepareDepthToSpace,
  hasVectors: true,
  kernels: [blocksKernel],
};

function prepareDepthToSpace(
  { attributes, inputs: [input], outputs: [output] }: Operation<"DEPTH_TO_SPACE">,
): Kernel {
  // The types that TFLM's kernel takes.
  expectSameType([input, output], ["float32", "int8"]);
  const { extents, image } = pixelBlocks(output.shape, attributes.blockSize);
  const into = mapIndices(extents, (index) => position(index, image));
  return ([x], [y]) => {
    for (let i = 0; i < into.length; i++) y[into[i]] = x[i];
  };
}

/** DEPTH_TO_SPACE: one box, whose dimensions are those of blocks and within them. */
function blocksKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "DEPTH_TO_SPACE");
  if (operator === null) return null;
  const { inputs: [input], outputs: [output] } = layer;
  const { shape } = output.tensor;
  const { extents, image, blocks } = pixelBlocks(shape, operator.attributes.blockSize);
  return moveBoxes(layer, [{
    extents,
    from: { region: input!.region, first: 0, steps: blocks },
    to: { region: output.region, first: 0, steps: image },
  }]);
}
