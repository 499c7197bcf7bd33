import { position } from "../../model/shape.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import { gather } from "../reference/elementwise.ts";
import { expectSameType } from "../reference/expect.ts";
import { mapIndices } from "../reference/indices.ts";
import { pixelBlocks } from "../../model/operators/depth_to_space.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Blocks of pixels become channels, row by row of a block. */
export const spaceToDepth: EngineOperator<"SPACE_TO_DEPTH"> = {
  types: ["float32", "int8"],
  reference: prepareSpaceToDepth,
  hasVectors: true,
  kernels: [moveElements],
};

function prepareSpaceToDepth(
  { attributes, inputs: [input], outputs: [output] }: Operation<"SPACE_TO_DEPTH">,
): ReferenceKernel {
  // The types that TFLM's kernel takes.
  expectSameType([input, output], ["float32", "int8"]);
  const { extents, image } = pixelBlocks(input.shape, attributes.blockSize);
  const from = mapIndices(extents, (index) => position(index, image));
  return gather(from);
}
