import type { OperatorDefinition } from "../operator_definition.ts";
import { expectShape, known, rankFault } from "../shape_faults.ts";

/**
 * Attributes of RESIZE_NEAREST_NEIGHBOR.
 *
 * @category Models
 */
export interface ResizeAttributes {
  /** Corner pixels of input and output coincide. */
  readonly alignCorners: boolean;
  /** Pixels have their centre at one half. */
  readonly halfPixelCenters: boolean;
}

/** RESIZE_NEAREST_NEIGHBOR. */
export const resizeNearestNeighbor: OperatorDefinition<ResizeAttributes> = {
  description: "Nearest-neighbour scaling; inputs: data, [height, width]",
  optionTable: "ResizeNearestNeighborOptions",
  inputs: 2,
  access: { kind: "movement" },
  check: (_, { inputs: [input, size], outputs: [output] }) => {
    const fault = rankFault("input", input, 4);
    if (fault !== null) return fault;
    const [height, width] = known(size) ?? output.shape.slice(1, 3);
    return expectShape(output, [input.shape[0], height, width, input.shape[3]]);
  },
};
