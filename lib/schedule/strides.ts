import { readsOf } from "../nest/define_nest.ts";
import type { Access, Loop, Nest, Pack, Staged, Tensor } from "../nest/nest.ts";
import { affineRange } from "../nest/affine.ts";
import { dotGroup, elementsPerTurn } from "./dot_group.ts";
import { axisOf, reachOf, tileOf } from "./loops.ts";

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
 * A last tile takes only the room that it needs where the loop that walks tiles comes next.
 */
export function packedDimensions(nest: Nest, pack: Pack): PackedDimension[] {
  const loops = packedLoops(nest, pack);
  return loops.map((loop, at) => dimensionOf(nest, loop, loops.slice(at + 1)));
}

function dimensionOf(nest: Nest, loop: Loop, inner: readonly Loop[]): PackedDimension {
  const reach = loop.mode === "dot" ? dotGroup(nest) : reachOf(nest, loop);
  const stride = inner[0]?.axis === loop.axis
    ? roomOf(nest, inner, Math.min(loop.step, reach))
    : roomOf(nest, inner);
  return { loop, count: Math.ceil(reach / loop.step), stride };
}

/** Elements of a packed copy. */
export function packedElements(nest: Nest, pack: Pack): number {
  return roomOf(nest, packedLoops(nest, pack));
}

/** The loops that walk a packed copy. */
export function packedLoops(nest: Nest, pack: Pack): Loop[] {
  const access = packedAccess(nest, pack);
  const from = nest.loops.findIndex((loop) => loop.name === pack.at) + 1;
  return nest.loops.slice(from).filter((loop) => movesThrough(access, loop));
}

// Elements that loops walk, the first of them over `reach` elements of its axis.
function roomOf(nest: Nest, [loop, ...inner]: readonly Loop[], reach?: number): number {
  if (!loop) return 1;
  // A group is whole even where the axis has fewer elements left.
  if (loop.mode === "dot") return dotGroup(nest) * roomOf(nest, inner);
  const covered = reach ?? reachOf(nest, loop);
  if (inner[0]?.axis !== loop.axis) return Math.ceil(covered / loop.step) * roomOf(nest, inner);
  const rest = covered % loop.step;
  return Math.floor(covered / loop.step) * roomOf(nest, inner, loop.step) +
    (rest > 0 ? roomOf(nest, inner, rest) : 0);
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
    const loops = packedLoops(nest, pack);
    const at = loops.indexOf(loop);
    return at === -1 ? 0 : dimensionOf(nest, loop, loops.slice(at + 1)).stride;
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

/** Whether the target stays in registers from the first to the last of its updates. */
export function sumsInRegisters(nest: Nest): boolean {
  const held = nest.loops.findIndex((loop) => loop.name === heldDuring(nest));
  return held >= 0 && held <= firstReduction(nest);
}

/**
 * The loop during which the target stays in registers, or null. Sums that are finished are never in
 * memory: without a step that says so they stay there during the outermost reduction, if they can.
 */
export function heldDuring(nest: Nest): string | null {
  if (nest.accumulateAt !== null || !nest.body.finish) return nest.accumulateAt;
  const first = firstReduction(nest);
  return loopOverSums(nest, first) ? null : nest.loops[first].name;
}

/** A loop from `at` on that is left as a loop over elements of the target: registers have no address. */
export function loopOverSums(nest: Nest, at: number): Loop | undefined {
  return nest.loops.slice(at).find((loop) =>
    movesThrough(nest.body.target, loop) && loop.unroll !== "full" &&
    // Threads share a loop, even one of a single turn, which otherwise is none.
    (loop.mode === "parallel" || Math.ceil(reachOf(nest, loop) / elementsPerTurn(nest, loop)) > 1)
  );
}

/** Place of the outermost reduction among the loops; -1 if there is none. */
export function firstReduction(nest: Nest): number {
  return nest.loops.findIndex((loop) => axisOf(nest, loop).role === "reduction");
}

/** Along what the neighbours lie that are loaded at once. */
export interface NeighboursOf {
  /** The axis whose neighbouring elements they are. */
  readonly axis: string;
  /** The loop one iteration of which covers them all; null: they are the whole axis. */
  readonly around: string | null;
}

/**
 * In a tensor, neighbours follow each other along the loop at which they are loaded; in a packed
 * copy, along the innermost loop that walks it.
 */
export function neighboursOf(nest: Nest, { tensor, at }: Staged): NeighboursOf {
  const pack = nest.packs.find((each) => each.tensor === tensor);
  const inner = pack && packedDimensions(nest, pack).at(-1);
  if (inner) return { axis: inner.loop.axis, around: tileOf(nest, inner.loop)?.name ?? null };
  const loop = nest.loops.find(({ name }) => name === at)!;
  return { axis: loop.axis, around: at };
}
