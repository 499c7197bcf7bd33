import type { Operands, OperatorDefinition, RowReads } from "../operator_definition.ts";
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
  rows: (attributes, operands) =>
    resizedRows(operands, ({ from, to }) => {
      const row = nearest({ from, to }, attributes);
      return (i) => [row(i), row(i) + 1];
    }),
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

/** Rows from which those of an image of another size are, by what a row of it takes. */
export function resizedRows(
  { inputs: [input], outputs: [output] }: Operands,
  taps: (
    extents: { readonly from: number; readonly to: number },
  ) => (row: number) => readonly [first: number, until: number],
): RowReads | null {
  const [from, to] = [input.shape[1], output.shape[1]];
  if (to > MOST_ROWS) return null;
  const reads = taps({ from, to });
  return { input: 0, rows: Array.from({ length: to }, (_, row) => reads(row)) };
}

/** Rows up to which they are told one by one. */
export const MOST_ROWS = 2 ** 14;

/** The index of the input that each index of the output is nearest to. */
export function nearest(
  { from, to }: { readonly from: number; readonly to: number },
  { alignCorners, halfPixelCenters }: ResizeAttributes,
): (i: number) => number {
  const f = Math.fround;
  const scale = alignCorners && to > 1 ? f((from - 1) / (to - 1)) : f(from / to);
  const centre = halfPixelCenters ? 0.5 : 0;
  return (i) => {
    const at = f((i + centre) * scale);
    return Math.max(0, Math.min(from - 1, alignCorners ? Math.round(at) : Math.floor(at)));
  };
}
