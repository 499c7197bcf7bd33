import { dtypeBytes, type NestDtype } from "../nest/dtype.ts";
import type { Loop, Nest, Pack } from "../nest/nest.ts";
import { dotGroup, isOffset, unsignedOffset } from "../schedule/dot_group.ts";
import { packedAccess, type PackedDimension, packedDimensions } from "../schedule/strides.ts";
import { type Context, expand, type ExpandedLoop, scalar } from "./expand.ts";
import { expandedLoops, wholeExtents } from "./expanded_loops.ts";
import type { Compute, Expression, Node, Ref } from "./program.ts";
import { bufferRef, placerOf, tensorRef } from "./refs.ts";

// A short innermost run is copied by straight-line code, and so are a few short rows of vectors.
const unrolledElements = 64;
const unrolledRows = 128;

/** Name of the buffer that holds a packed copy. */
export function packedName(pack: Pack): string {
  return `${pack.tensor}p`;
}

/**
 * The loops that fill a packed copy. Outside the parallel loop all threads share the work, and wait
 * for each other before the copy is overwritten and before it is read.
 */
export function lowerPack(nest: Nest, pack: Pack, context: Context): Node[] {
  return lowerCopy(nest, pack, context, "in");
}

/** The loops that write the packed copy of the target back. */
export function lowerUnpack(nest: Nest, pack: Pack, context: Context): Node[] {
  return lowerCopy(nest, pack, context, "out");
}

function lowerCopy(nest: Nest, pack: Pack, context: Context, way: "in" | "out"): Node[] {
  const dimensions = packedDimensions(nest, pack);
  const { dtype } = nest.tensors.find((tensor) => tensor.name === pack.tensor)!;
  const at = nest.loops.findIndex((loop) => loop.name === pack.at);
  const together = nest.loops.findIndex((loop) => loop.mode === "parallel") > at;

  const plain = tensorRef(nest, packedAccess(nest, pack), nest.loops);
  const source = renameStrides(plain, pack, dimensions);
  const target = bufferRef(
    packedName(pack),
    Object.fromEntries(dimensions.map(({ loop, stride }) => [copyName(pack, loop), stride])),
  );
  const loops = copyLoops(nest, pack, dimensions, source);
  if (together) loops[0] = { ...loops[0], mode: "parallel", unroll: 1 };
  const [placeSource, placeTarget] = [source, target].map((ref) => placerOf(ref, loops));
  const body = expand({
    loops,
    lanes: copyLanes(dtype, pack.dtype),
    group: 2,
    accumulateAt: null,
    update: "set",
    start: null,
    enter: () => [],
    leave: () => [],
    leaf: (inner): Compute[] => {
      const whole = placeSource(inner);
      const copy = placeTarget(inner);
      return [{
        kind: "compute",
        target: { ref: way === "in" ? copy : whole },
        update: "set",
        value: way === "out"
          ? { kind: "load", ref: copy }
          : withOffset(copiedValue(whole, inner), isOffset(nest, pack.tensor) && !inner.beyond),
        dtype: pack.dtype,
        width: inner.width,
      }];
    },
    extents: wholeExtents(nest),
    outermost: false,
  }, { ...context, width: scalar, registers: null });
  return together ? [{ kind: "barrier" }, ...body, { kind: "barrier" }] : body;
}

// Past the end the other factor is zero.
function withOffset(left: Expression, isAdded: boolean): Expression {
  const right = { kind: "constant", value: unsignedOffset } as const;
  return isAdded ? { kind: "binary", op: "add", left, right } : left;
}

/** What a copy stores: the element itself; zero past the end; or two rows, element by element. */
export function copiedValue(ref: Ref, { width, beyond }: Context): Expression {
  const zero: Expression = { kind: "constant", value: 0 };
  if (width.group === 1) return beyond ? zero : { kind: "load", ref };
  const second: Expression = {
    kind: "load",
    ref: { ...ref, offset: ref.offset + ref.member, member: 0 },
  };
  return {
    kind: "pair",
    first: { kind: "load", ref: { ...ref, member: 0 } },
    second: beyond ? zero : second,
  };
}

function copyLoops(
  nest: Nest,
  pack: Pack,
  dimensions: readonly PackedDimension[],
  source: Ref,
): ExpandedLoop[] {
  const last = dimensions.at(-1)!.loop;
  const strideOf = (loop: Loop) => source.strides[copyName(pack, loop)];
  const plain = source.guards.length === 0;
  const dot = dimensions.find(({ loop }) => loop.mode === "dot")?.loop;
  const group = dotGroup(nest);
  // Int8 rows whose elements alternate in the copy are interleaved, eight of each at a time.
  const columns = dimensions.at(-2)?.loop;
  const isRow = columns?.step === 1 && strideOf(columns) === 1;
  const interleaved = plain && dot === last && group === 2 && pack.dtype === "i16" &&
    isRow && strideOf(last) !== 1;
  const vector = interleaved ? columns : plain && strideOf(last) === 1 ? last : null;
  const walked = dot && group === 4 && isRow
    ? rowByRow(dimensions, columns)
    : vector === last && !dot
    ? alongRows(dimensions)
    : dimensions;
  const loops = walked.map(({ loop, count, stride }): Loop => ({
    name: copyName(pack, loop),
    axis: loop.axis,
    step: loop.step,
    unroll: ((loop === last || loop === vector) && count <= unrolledElements) ||
        (vector === last && !dot && count * stride <= unrolledRows)
      ? "full"
      : 1,
    mode: loop === vector ? "vector" : interleaved && loop === dot ? "dot" : "serial",
  }));
  return expandedLoops(nest, loops).map((loop) => ({
    ...loop,
    reduces: false,
    grouped: false,
    padTo: dot && loop.name === copyName(pack, dot) ? group : 0,
    fixed: loop.fixed || loop.axis === dot?.axis,
  }));
}

// So many panels are filled side by side.
const mostPanels = 16;

/**
 * The loops of a copy in panels of few columns, in the order in which they best walk them: a few panels
 * in turn, so that rows are read for longer. Else each panel would touch all their pages again.
 */
function alongRows(dimensions: readonly PackedDimension[]): readonly PackedDimension[] {
  const { axis } = dimensions.at(-1)!.loop;
  const moved = new Set<PackedDimension>();
  let panels = 1;
  for (const each of dimensions.slice(0, -1).toReversed()) {
    if (each.loop.axis !== axis) continue;
    panels *= each.count;
    if (panels > mostPanels) break;
    moved.add(each);
  }
  const isMoved = (each: PackedDimension) => moved.has(each) || each === dimensions.at(-1);
  return [...dimensions.filter((each) => !isMoved(each)), ...dimensions.filter(isMoved)];
}

/** Rows of fours from end to end, one panel's part after the other: else each panel touches all rows again. */
function rowByRow(
  dimensions: readonly PackedDimension[],
  { axis }: Loop,
): readonly PackedDimension[] {
  const isInner = ({ loop }: PackedDimension) => loop.axis === axis || loop.mode === "dot";
  return [
    ...dimensions.filter((each) => !isInner(each)),
    ...dimensions.filter(isInner),
  ];
}

// In the copy, the loops that fill it move; the loops around it only choose the part.
function renameStrides(ref: Ref, pack: Pack, dimensions: readonly PackedDimension[]): Ref {
  const rename = (strides: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(
      Object.entries(strides).map(([name, stride]) => {
        const filled = dimensions.find(({ loop }) => loop.name === name);
        return [filled ? copyName(pack, filled.loop) : name, stride];
      }),
    );
  return {
    ...ref,
    strides: rename(ref.strides),
    guards: ref.guards.map((guard) => ({ ...guard, strides: rename(guard.strides) })),
  };
}

function copyName(pack: Pack, loop: Loop): string {
  return `${packedName(pack)}_${loop.name}`;
}

function copyLanes(from: NestDtype, to: NestDtype): number {
  return 16 / Math.max(dtypeBytes(from), dtypeBytes(to));
}
