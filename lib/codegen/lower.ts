import { allReadsOf, sumDtype } from "../nest/define_nest.ts";
import type { Access, Axis, Expr, Nest, Pack } from "../nest/nest.ts";
import {
  dotGroup,
  isOffset,
  unsignedFactors,
  unsignedOffset,
  unsignedRead,
  vectorLanes,
} from "../schedule/dot_group.ts";
import { checkFinished, checkLegal } from "../schedule/legality.ts";
import { heldDuring, packedDimensions, sumsInRegisters } from "../schedule/strides.ts";
import { assignPointers } from "./assign_pointers.ts";
import { type Context, expand, scalar } from "./expand.ts";
import {
  checkGiven,
  clearedLoop,
  expandedLoops,
  type GivenExtents,
  lowerStart,
  wholeExtents,
} from "./expanded_loops.ts";
import { lowerOffset, offsetOf } from "./lower_offset.ts";
import { copiedValue, lowerPack, lowerUnpack, packedName } from "./lower_pack.ts";
import { lowerPrefetch } from "./lower_prefetch.ts";
import {
  type Expression,
  innermost,
  type Node,
  type Program,
  type Ref,
  type Register,
  type Width,
} from "./program.ts";
import { buffersOf } from "./program_buffers.ts";
import { bufferRef, placerOf, stagerOf, tensorRef } from "./refs.ts";
import { shareLoads } from "./share_loads.ts";

/** How far {@link lower} goes; a reader wants every load where it is used. */
export interface LowerOptions {
  /** Load a value once where it is used several times, and outside loops that do not change it. */
  readonly share?: boolean;
  /** Tensors known ahead of time: copies of them made before all loops are no part of the body. */
  readonly constants?: ReadonlySet<string>;
  /** Whether those copies are there, so that nothing is left to prepare; default false. */
  readonly isPrepared?: boolean;
  /**
   * Axes whose extent is known at run time only, and the extents that there may be, the largest first:
   * such as the taps of a row of a window that an image cuts off. Tensors and copies keep their sizes.
   */
  readonly extents?: GivenExtents;
  /** Which points are computed, by how far unrolled loops displace each axis; left out: all of them. */
  readonly includes?: (coordinates: Readonly<Record<string, number>>) => boolean;
  /** Whether elements are asked for ahead of their use, for which only C has something; default false. */
  readonly prefetches?: boolean;
  /** Whether a short run may cut the outermost loop, default true. */
  readonly limited?: boolean;
}

/**
 * Turns a scheduled nest into the program that all back ends run.
 *
 * @throws {ScheduleError} the schedule is not legal.
 * @throws {RangeError} an extent is larger than its axis, or they do not fall.
 */
export function lower(nest: Nest, options: LowerOptions = {}): Program {
  const { prepare, body, ...program } = lowerNodes(nest, options);
  return { ...program, prepare: assignPointers(prepare), body: assignPointers(body) };
}

/** {@link lower} before accesses get their pointers, so that loops can still be put around it. */
export function lowerNodes(nest: Nest, options: LowerOptions = {}): Program {
  checkLegal(nest);
  checkFinished(nest);
  const { share = true, constants = new Set(), extents = {}, limited = true } = options;
  const { isPrepared = false, includes, prefetches = false } = options;
  checkGiven(nest, extents);
  const isAhead = (pack: Pack) => pack.at === null && constants.has(pack.tensor);
  const accesses = [nest.body.target, ...allReadsOf(nest.body)];
  const places = new Map(accesses.map((access) => [access, placeOf(nest, access)]));
  const outside: Context = {
    extents: null,
    tiles: null,
    offsets: null,
    path: [],
    width: scalar,
    registers: null,
    beyond: false,
  };
  const clearedBefore = clearedLoop(nest);
  const buffers = buffersOf(nest);
  const offset = offsetOf(nest, buffers, extents);
  const packed = (packs: readonly Pack[], context: Context): Node[] => [
    ...packs.flatMap((pack) => lowerPack(nest, pack, context)),
    ...offset && packs.includes(offset.pack) ? lowerOffset(nest, offset, context) : [],
  ];
  const copies = nest.packs.filter((pack) => !isAhead(pack));
  const body = expand({
    loops: expandedLoops(nest, nest.loops, extents),
    lanes: vectorLanes(nest),
    group: dotGroup(nest) as Width["group"],
    accumulateAt: heldDuring(nest),
    update: nest.body.update,
    start: sumsInRegisters(nest) ? nest.body.start ?? null : null,
    enter: (loop, context) => {
      const here = copies.filter((pack) => pack.at === loop);
      return [
        ...packed(here, context),
        ...loop === clearedBefore ? lowerStart(nest, loop, context) : [],
        ...prefetches ? lowerPrefetch(nest, loop, (access) => places.get(access)!(context)) : [],
      ];
    },
    leave: (loop, context) =>
      copies.flatMap((pack) => (
        pack.at === loop && isTarget(nest, pack) ? lowerUnpack(nest, pack, context) : []
      )),
    leaf: (context) =>
      !includes || includes(displaced(nest, nest.axes, context))
        ? [computeAt(nest, places, offset?.place(context) ?? null, context)]
        : [],
    extents: wholeExtents(nest, extents),
    outermost: limited,
  }, outside);
  return {
    name: nest.name,
    buffers: [...buffers, ...offset ? [offset.buffer] : []],
    prepare: isPrepared ? [] : packed(nest.packs.filter(isAhead), outside),
    body: share ? shareLoads(body) : body,
  };
}

function refOf(nest: Nest, access: Access): Ref {
  const pack = nest.packs.find((candidate) => candidate.tensor === access.tensor);
  if (!pack) return tensorRef(nest, access, nest.loops);
  const dimensions = packedDimensions(nest, pack);
  const strides = Object.fromEntries(dimensions.map(({ loop, stride }) => [loop.name, stride]));
  return bufferRef(packedName(pack), strides);
}

/** What tells which element an access means at a place, and what is loaded with it. */
function placeOf(nest: Nest, access: Access): Placer {
  const ref = refOf(nest, access);
  return placerOf(ref, nest.loops, stagerOf(nest, access.tensor));
}

type Placer = (context: Context) => Ref;

function isTarget(nest: Nest, pack: Pack): boolean {
  return nest.body.target.tensor === pack.tensor;
}

function computeAt(
  nest: Nest,
  places: ReadonlyMap<Access, Placer>,
  added: Ref | null,
  context: Context,
): Node {
  const place = (access: Access): Ref => places.get(access)!(context);
  const ref = place(nest.body.target);
  const dtype = sumDtype(nest);
  const { width, registers } = context;
  const { value, finish } = nest.body;
  // In pairs, a single read is a copy of two rows in turn.
  const copied = width.group === 2 && value.kind === "read" ? value.access : null;
  const compute = {
    kind: "compute",
    update: nest.body.update,
    value: copied ? copiedValue(place(copied), context) : valueOf(value, { nest, place, width }),
    dtype,
    width,
    isSigned: width.group === 4 && unsignedFactors(nest) === 0,
  } as const;
  if (!registers) return { ...compute, target: { ref } };
  // Vectors of a reduction and their shorter last one add into the same register.
  const key = `${ref.offset}:${width.reduces ? "" : width.active}`;
  const sums: Width = { ...width, group: 1, members: 1 };
  const register: Register = registers.get(key) ?? {
    id: registers.size,
    ref,
    coordinates: displaced(nest, nest.axes.filter(({ role }) => role === "space"), context),
    dtype,
    width: sums,
    added,
    finish: finish ? valueOf(finish, { nest, place, width: sums }) : null,
  };
  registers.set(key, register);
  return { ...compute, target: { register: register.id } };
}

// By how many elements unrolled copies displace axes.
function displaced(
  nest: Nest,
  axes: readonly Axis[],
  { offsets }: Context,
): Record<string, number> {
  const coordinates: Record<string, number> = {};
  for (const { name } of axes) {
    coordinates[name] = nest.loops.filter(({ axis }) => axis === name)
      .reduce((sum, loop) => sum + loop.step * (innermost(offsets, loop.name) ?? 0), 0);
  }
  return coordinates;
}

interface Where {
  readonly nest: Nest;
  readonly place: (access: Access) => Ref;
  readonly width: Width;
}

function valueOf(expr: Expr, where: Where): Expression {
  const unsigned = where.width.group === 4 ? unsignedRead(expr) : null;
  if (unsigned) return { kind: "load", ref: { ...where.place(unsigned), isUnsigned: true } };
  switch (expr.kind) {
    case "read": {
      const left = { kind: "load", ref: where.place(expr.access) } as const;
      // In fours, sums begin at what they get too many.
      if (where.width.group === 4 || !isOffset(where.nest, expr.access.tensor)) return left;
      const right = { kind: "constant", value: unsignedOffset } as const;
      return { kind: "binary", op: "sub", left, right };
    }
    case "constant":
    case "sum":
      return expr;
    case "requantize":
      return {
        kind: "requantize",
        value: valueOf(expr.value, where),
        multiplier: { kind: "load", ref: where.place(expr.multiplier) },
        shift: { kind: "load", ref: where.place(expr.shift) },
      };
    case "binary": {
      const [left, right] = [valueOf(expr.left, where), valueOf(expr.right, where)];
      // The instruction takes fours of uint8 from one side.
      const swapped = right.kind === "load" &&
        (right.ref.isUnsigned || expr.right.kind === "read" && where.width.group === 4 &&
            isOffset(where.nest, expr.right.access.tensor));
      return swapped ? { ...expr, left: right, right: left } : { ...expr, left, right };
    }
  }
}
