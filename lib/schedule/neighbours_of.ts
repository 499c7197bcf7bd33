import type { Nest, Staged } from "../nest/nest.ts";
import { tileOf } from "./loops.ts";
import { packedDimensions } from "./strides.ts";

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
