import type { ResizeAttributes } from "../../model/operators/resize_nearest_neighbor.ts";
import { dtypes } from "../../model/dtype.ts";
import { gather } from "./elementwise.ts";
import { expectSameType } from "./expect.ts";
import { mapIndices, position, strides } from "./indices.ts";
import type { Prepare } from "./prepare.ts";
import { roundAway } from "./round.ts";

/** Every pixel of the output is the nearest one of the input; positions are worked out in float32. */
export const resizeNearestNeighbor: Prepare<"RESIZE_NEAREST_NEIGHBOR"> = (operation) => {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output], dtypes);
  const [, height, width] = input.shape;
  const [, newHeight, newWidth] = output.shape;
  const row = nearest({ from: height, to: newHeight }, attributes);
  const column = nearest({ from: width, to: newWidth }, attributes);
  const steps = strides(input.shape);
  return gather(
    mapIndices(output.shape, ([n, i, j, c]) => position([n, row(i), column(j), c], steps)),
  );
};

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
    return Math.max(0, Math.min(from - 1, alignCorners ? roundAway(at) : Math.floor(at)));
  };
}
