import type { Nest } from "../nest/nest.ts";
import { accumulate } from "../schedule/accumulate.ts";
import { reorder } from "../schedule/reorder.ts";
import { tile } from "../schedule/tile.ts";
import { unroll } from "../schedule/unroll.ts";
import { vectorize } from "../schedule/vectorize.ts";

const pixelsAtOnce = 6;
const mostTaps = 25;
const lanes = 4;

/** The parts that the axes of a depthwise nest play. */
export interface TapAxes {
  /** The axis of which a few values share the weights that are loaded. */
  readonly pixels: string;
  /** The axis along which vectors run. */
  readonly vectors: string;
  /** Rows of the kernel, or pairs of them. */
  readonly rows: string;
  /** The two rows of a pair, which one instruction multiplies and adds. */
  readonly pair?: string;
}

/**
 * The schedule of a depthwise nest: a block of pixels by one vector stays in registers; all taps are
 * unrolled, so that what neighbouring pixels share is loaded once.
 */
export function scheduleTaps(plain: Nest, { pixels, vectors, rows, pair }: TapAxes): Nest {
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
    rows,
    "kx",
    vectors,
    pixels,
    ...(pair === undefined ? [] : [pair]),
  ]);
  nest = unroll(unroll(nest, vectors, "full"), pixels, "full");
  if (extentOf("kx") * extentOf(rows) <= mostTaps) {
    nest = unroll(unroll(nest, "kx", "full"), rows, "full");
  }
  return accumulate(vectorize(nest, vectors, { dot: pair }), rows);
}
