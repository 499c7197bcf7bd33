import { readsOf } from "../../nest/define_nest.ts";
import type { Access, Expr, Loop, Nest } from "../../nest/nest.ts";
import { affine } from "../../nest/affine.ts";
import type { WalkAndBlock } from "./walk_and_block.ts";

/** One of the shapes in which a layer's block occurs. */
export interface BlockShape {
  /** Columns. */
  readonly pixels: number;
  /** Channels, the last vector filled up. */
  readonly channels: number;
  /** Elements of the image from one row of taps to the next, if that is a fixed number. */
  readonly lineElements: number | null;
  /** Where only some columns of taps are on the image; null: all of them are. */
  readonly taps: CutTaps | null;
}

/** Columns of taps of which some are missing. */
export interface CutTaps {
  /** All there are. */
  readonly all: number;
  /** Channels of each. */
  readonly channels: number;
}

/**
 * The block of a scheduled layer as a nest of its own: the same body over the columns and channels of
 * one block, with the loops of the schedule that lie inside. Where taps of a row may be missing, the
 * axis over taps and channels is taken apart into both.
 */
export function blockNest(scheduled: Nest, walk: WalkAndBlock, shape: BlockShape): Nest {
  const { pixels, channels, taps } = shape;
  const isSplit = taps !== null && isTakenApart(walk, taps.channels);
  const extents: Record<string, number> = {};
  for (const { name, extent } of scheduled.axes) {
    if (!walk.loops.some(({ axis }) => axis === name)) continue;
    if (name === "k" && isSplit) {
      extents.kw = taps.all;
      extents.c = taps.channels;
    } else extents[name] = name === "col" ? pixels : name === "o" ? channels : extent;
  }
  const sizeOf = (name: string) => extents[name];
  const image = readsOf(scheduled.body.value).find(({ tensor }) => tensor === "I")!;
  const across = {
    ...image.index.at(-1)!.terms,
    ...isSplit ? { kw: extents.c, c: 1 } : {},
  };
  const last = Object.fromEntries(Object.entries(across).filter(([name]) => name in extents));
  // One dimension: rows of taps are as far apart as lines of the image, which may be shorter than a window.
  const width = reachOf(last, extents);
  const place = "kh" in extents ? { ...last, kh: shape.lineElements ?? width } : last;
  const reductions = ["kh", "kw", "c", "k"].filter((name) => name in extents);
  const access = (tensor: string): Access =>
    tensor === "I"
      ? { tensor, index: [affine(place)] }
      : { tensor, index: ["o", ...reductions].map((name) => affine(name)) };
  const value = (expr: Expr): Expr =>
    expr.kind === "read"
      ? { kind: "read", access: access(expr.access.tensor) }
      : expr.kind === "binary"
      ? { ...expr, left: value(expr.left), right: value(expr.right) }
      : expr;
  const { body, tensors, accumulateAt } = scheduled;
  const shapes: Readonly<Record<string, readonly number[]>> = {
    I: [reachOf(place, extents)],
    W: ["o", ...reductions].map(sizeOf),
    O: ["col", "o"].filter((name) => name in extents).map(sizeOf),
  };
  const hasK = accumulateAt !== null && isSplit &&
    scheduled.loops.find(({ name }) => name === accumulateAt)!.axis === "k";
  return {
    ...scheduled,
    axes: Object.entries(extents).map(([name, extent]) => (
      { name, extent, role: reductions.includes(name) ? "reduction" : "space" }
    )),
    tensors: tensors.map((tensor) => ({ ...tensor, shape: shapes[tensor.name] })),
    body: {
      ...body,
      target: {
        tensor: "O",
        index: ["col", "o"].filter((name) => name in extents).map((name) => affine(name)),
      },
      value: value(body.value),
    },
    loops: loopsOf(walk, isSplit),
    steps: [],
    accumulateAt: hasK ? "kw" : accumulateAt,
  };
}

/**
 * Whether the axis over taps and channels must be taken apart to begin at some tap: where a tap does
 * not begin with a tile of it.
 */
export function isTakenApart({ loops }: WalkAndBlock, channels: number): boolean {
  return loops.some(({ axis, step }) => axis === "k" && channels % step !== 0);
}

/** The block's loops, those over `k` taken apart. */
function loopsOf({ loops }: WalkAndBlock, isSplit: boolean): readonly Loop[] {
  if (!isSplit) return loops;
  const taps: Loop = { name: "kw", axis: "kw", step: 1, unroll: 1, mode: "serial" };
  const first = loops.findIndex(({ axis }) => axis === "k");
  const inner = loops.slice(first).map((loop) => loop.axis === "k" ? { ...loop, axis: "c" } : loop);
  return [...loops.slice(0, first), taps, ...inner];
}

/** Elements from the first to the last that an index reaches. */
function reachOf(
  terms: Readonly<Record<string, number>>,
  extents: Readonly<Record<string, number>>,
): number {
  return Object.entries(terms).reduce(
    (sum, [name, stride]) => sum + stride * (extents[name] - 1),
    1,
  );
}
