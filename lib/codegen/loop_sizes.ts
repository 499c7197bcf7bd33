import type { Loop, Nest } from "../nest/nest.ts";
import { axisOf, tileOf } from "../schedule/find_loop.ts";

/** How many elements of its axis one run of a loop may cover: a full tile, then smaller last ones. */
export function loopSizes(nest: Nest, loop: Loop): readonly number[] {
  const tile = tileOf(nest, loop);
  if (!tile) return [axisOf(nest, loop).extent];
  const sizes = loopSizes(nest, tile).flatMap((size) => [
    Math.min(size, tile.step),
    size % tile.step,
  ]);
  return [...new Set(sizes)].filter((size) => size > 0).toSorted((a, b) => b - a);
}
