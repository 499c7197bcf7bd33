import type { EngineOperator } from "../engine_operator.ts";
import { moveBoxes } from "../kernels/movement/move_boxes.ts";
import { type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { gather } from "../reference/elementwise.ts";
import { expectSameType } from "../reference/expect.ts";
import { mapIndices, position } from "../reference/indices.ts";
import { pixelBlocks } from "../reference/pixel_blocks.ts";
import type { Kernel, Operation } from "../reference/prepare.ts";

/** Blocks of pixels become channels, row by row of a block. */
export const spaceToDepth: EngineOperator<"SPACE_TO_DEPTH"> = {
  types: ["float32", "int8"],
  reference: prepareSpaceToDepth,
  hasVectors: true,
  kernels: [blocksKernel],
};

function prepareSpaceToDepth(
  { attributes, inputs: [input], outputs: [output] }: Operation<"SPACE_TO_DEPTH">,
): Kernel {
  // The types that TFLM's kernel takes.
  expectSameType([input, output], ["float32", "int8"]);
  const { extents, image } = pixelBlocks(input.shape, attributes.blockSize);
  const from = mapIndices(extents, (index) => position(index, image));
  return gather(from);
}

/** SPACE_TO_DEPTH: one box, whose dimensions are those of blocks and within them. */
function blocksKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "SPACE_TO_DEPTH");
  if (operator === null) return null;
  const { inputs: [input], outputs: [output] } = layer;
  const { shape } = input!.tensor;
  const { extents, image, blocks } = pixelBlocks(shape, operator.attributes.blockSize);
  return moveBoxes(layer, [{
    extents,
    from: { region: input!.region, first: 0, steps: image },
    to: { region: output.region, first: 0, steps: blocks },
  }]);
}
