import type { OperatorDefinition } from "../operator_definition.ts";
import { expectShape, rankFault } from "../shape_faults.ts";

/**
 * Attributes of DEPTH_TO_SPACE.
 *
 * @category Models
 */
export interface DepthToSpaceAttributes {
  /** Rows and columns of the pixels that one becomes. */
  readonly blockSize: number;
}

/** DEPTH_TO_SPACE. */
export const depthToSpace: OperatorDefinition<DepthToSpaceAttributes> = {
  description: "Channels become blocks of pixels, row by row of a block",
  optionTable: "DepthToSpaceOptions",
  inputs: 1,
  access: { kind: "movement" },
  check: ({ blockSize: block }, { inputs: [input], outputs: [output] }) => {
    const fault = rankFault("input", input, 4);
    if (fault !== null) return fault;
    if (block < 1) return `a block of ${block}, needed at least 1`;
    const [batches, height, width, channels] = input.shape;
    if (channels % block ** 2 !== 0) {
      return `blocks of ${block} x ${block} from an input of shape [${input.shape}]`;
    }
    return expectShape(output, [batches, height * block, width * block, channels / block ** 2]);
  },
};
