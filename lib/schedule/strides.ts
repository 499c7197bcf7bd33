import { affineRange } from "../nest/affine.ts";
import { readsOf } from "../nest/define_nest.ts";
import { dotGroup } from "./dot_group.ts";
import type { Access, Loop, Nest, Pack, Tensor } from "../nest/nest.ts";
import { reachOf } from "./find_loop.ts";

/** One dimension of a packed copy: the loop that walks it, how often, and its stride in elements. */
export interface PackedDimension {
  readonly loop: Loop;
  readonly count: number;
  readonly stride: number;
}

/** Where the body uses a packed tensor: the target, or the place at which it is read. */
export function packedAccess(nest: Nest, pack: Pack): Access {
  const { target, value } = nest.body;
  return target.tensor === pack.tensor
    ? target
    : readsOf(value).find((read) => read.tensor === pack.tensor)!;
}

/**
 * Layout of a packed copy: one dimension for each loop inside `at` that moves through the tensor, in
 * the order of the loops, so that the inner loops read the copy from its first element to its last.
 */
export function packedDimensions(nest: Nest, pack: Pack): PackedDimension[] {
  const access = packedAccess(nest, pack);
  const from = nest.loops.findIndex((loop) => loop.name === pack.at) + 1;
  const inside = nest.loops.slice(from).filter((loop) => movesThrough(access, loop));
  const dimensions: PackedDimension[] = [];
  let stride = 1;
  for (const loop of inside.toReversed()) {
    // A group is whole even where the axis has fewer elements left.
    const count = loop.mode === "dot" ? dotGroup(nest) : Math.ceil(reachOf(nest, loop) / loop.step);
    dimensions.unshift({ loop, count, stride });
    stride *= count;
  }
  return dimensions;
}

/** Elements between two neighbours along a loop's axis, in the row-major tensor. */
export function tensorStride(tensor: Tensor, access: Access, axis: string): number {
  let stride = 0;
  let row = 1;
  for (let dimension = tensor.shape.length - 1; dimension >= 0; dimension--) {
    stride += row * (access.index[dimension].terms[axis] ?? 0);
    row *= tensor.shape[dimension];
  }
  return stride;
}

/** Elements that one step of a loop moves in what is really read: the packed copy, or the tensor. */
export function stepStride(nest: Nest, access: Access, loop: Loop): number {
  const pack = nest.packs.find((candidate) => candidate.tensor === access.tensor);
  if (pack) {
    const dimensions = packedDimensions(nest, pack);
    return dimensions.find((dimension) => dimension.loop === loop)?.stride ?? 0;
  }
  const tensor = nest.tensors.find((candidate) => candidate.name === access.tensor)!;
  return tensorStride(tensor, access, loop.axis) * loop.step;
}

/** Whether a loop changes which element is accessed. */
export function movesThrough(access: Access, loop: Loop): boolean {
  return movesThroughAxis(access, loop.axis);
}

/** Whether an axis changes which element is accessed. */
export function movesThroughAxis(access: Access, axis: string): boolean {
  return access.index.some((index) => index.terms[axis]);
}

/** Axes in those dimensions of an access that may lie outside its tensor. */
export function guardedAxes(nest: Nest, access: Access): ReadonlySet<string> {
  if (access.outside === undefined) return new Set();
  const { shape } = nest.tensors.find((tensor) => tensor.name === access.tensor)!;
  const extents = new Map(nest.axes.map((axis) => [axis.name, axis.extent]));
  return new Set(
    access.index.flatMap((index, dimension) => {
      const { least, most } = affineRange(index, extents);
      return least < 0 || most >= shape[dimension] ? Object.keys(index.terms) : [];
    }),
  );
}
