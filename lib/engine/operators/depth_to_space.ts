import { position } from "../../model/shape.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import { expectSameType } from "../reference/expect.ts";
import { mapIndices } from "../reference/indices.ts";
import { pixelBlocks } from "../../model/operators/depth_to_space.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Channels become blocks of pixels, row by row of a block. */
export const depthToSpace: EngineOperator<"DEPTH_TO_SPACE"> = {
  types: ["float32", "int8"],
  reference: prepareDepthToSpace,
  hasVectors: true,
  kernels: [moveElements],
};

function prepareDepthToSpace(
  { attributes, inputs: [input], outputs: [output] }: Operation<"DEPTH_TO_SPACE">,
): ReferenceKernel {
  // The types that TFLM's kernel takes.
  expectSameType([input, output], ["float32", "int8"]);
  const { extents, image } = pixelBlocks(output.shape, attributes.blockSize);
  const into = mapIndices(extents, (index) => position(index, image));
  return ([x], [y]) => {
    for (let i = 0; i < into.length; i++) y[into[i]] = x[i];
  };
}
