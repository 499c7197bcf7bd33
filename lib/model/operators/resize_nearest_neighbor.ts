import type { Operands, OperatorDefinition } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { expectShape, known, rankFault } from "../shape_faults.ts";

/**
 * Attributes of RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR.
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
  check: (_, operands) => resizeFault(operands),
};

/** What keeps an image, its new size and the new image from fitting together. */
export function resizeFault({ inputs: [input, size], outputs: [output] }: Operands): string | null {
  const fault = rankFault("input", input, 4);
  if (fault !== null) return fault;
  if (elements(input.shape) === 0 && elements(output.shape) > 0) {
    return `output of shape [${output.shape}] from an input without elements`;
  }
  const [height, width] = known(size) ?? output.shape.slice(1, 3);
  return expectShape(output, [input.shape[0], height, width, input.shape[3]]);
}
