import { pixelBlocks } from "./depth_to_space.ts";
import type { OperatorDefinition } from "../operator_definition.ts";
import { wholeOf } from "../shape.ts";
import { differ, expectShape, rankFault } from "../shape_faults.ts";

/**
 * Attributes of SPACE_TO_DEPTH.
 *
 * @category Models
 */
export interface SpaceToDepthAttributes {
  /** Rows and columns of the pixels that become one. */
  readonly blockSize: number;
}

/** SPACE_TO_DEPTH. */
export const spaceToDepth: OperatorDefinition<SpaceToDepthAttributes> = {
  description: "Blocks of pixels become channels, row by row of a block",
  optionTable: "SpaceToDepthOptions",
  inputs: 1,
  access: { kind: "movement" },
  moves: ({ blockSize }, { inputs: [{ shape }] }) => {
    const { extents, image } = pixelBlocks(shape, blockSize);
    const from = { first: 0, steps: image };
    return [{ input: 0, output: 0, extents, from, to: wholeOf({ shape: extents }) }];
  },
  check: ({ blockSize: block }, { inputs: [input], outputs: [output] }) => {
    const fault = rankFault("input", input, 4);
    if (fault !== null) return fault;
    if (block < 1) return `a block of ${block}, needed at least 1`;
    const [batches, height, width, channels] = input.shape;
    if (differ(height % block, 0) || differ(width % block, 0)) {
      return `blocks of ${block} x ${block} on an input of shape [${input.shape}]`;
    }
    return expectShape(output, [batches, height / block, width / block, channels * block ** 2]);
  },
};
