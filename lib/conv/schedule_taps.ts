import type { Nest } from "../nest/nest.ts";
import { accumulate } from "../schedule/accumulate.ts";
import { reorder } from "../schedule/reorder.ts";
import { tile } from "../schedule/tile.ts";
import { unroll } from "../schedule/unroll.ts";
import { vectorize } from "../schedule/vectorize.ts";

const pixelsAtOnce = 4;
const mostTaps = 25;
const lanes = 4;

/**
 * The schedule of a depthwise nest: a block of pixels by one vector stays in registers; all taps are
 * unrolled, so that what neighbouring pixels share is loaded once.
 */
export function scheduleTaps(
  plain: Nest,
  { pixels, vectors }: {
    readonly pixels: string;
    readonly vectors: string;
  },
): Nest {
  const extentOf = (name: string) => plain.axes.find((axis) => axis.name === name)!.extent;
  const names: Record<string, string> = { [pixels]: "pr" };
  const sizes: Record<string, number> = { [pixels]: pixelsAtOnce };
  if (extentOf(vectors) > lanes) {
    sizes[vectors] = lanes;
    names[vectors] = "vr";
  }
  const outer = plain.axes.filter(({ name, role }) => (
    role === "space" && name !== pixels && name !== vectors
  )).map(({ name }) => name);
  const tiles = vectors in sizes ? ["vr"] : [];
  let nest = reorder(tile(plain, sizes, { names }), [
    ...outer,
    "pr",
    ...tiles,
    "ky",
    "kx",
    vectors,
    pixels,
  ]);
  nest = unroll(unroll(nest, vectors, "full"), pixels, "full");
  if (extentOf("kx") * extentOf("ky") <= mostTaps) {
    nest = unroll(unroll(nest, "kx", "full"), "ky", "full");
  }
  return accumulate(vectorize(nest, vectors), "ky");
}
