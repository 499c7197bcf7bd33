import { elementsOf, readsOf } from "../nest/define_nest.ts";
import type { Access, Expr, Nest, Pack } from "../nest/nest.ts";
import { checkLegal } from "../schedule/legality.ts";
import { packedDimensions } from "../schedule/strides.ts";
import { sumsInRegisters } from "../schedule/sums_in_registers.ts";
import { vectorLanes } from "../schedule/vector_lanes.ts";
import { assignPointers } from "./assign_pointers.ts";
import { type Context, expand, scalar } from "./expand.ts";
import { expandedLoops, wholeExtents } from "./expanded_loops.ts";
import { clearedLoop, lowerStart } from "./lower_start.ts";
import { copiedValue, lowerPack, lowerUnpack, packedName } from "./lower_pack.ts";
import type { Buffer, Node, Program, Ref, Register, Value } from "./program.ts";
import { bufferRef, placeRef, tensorRef } from "./refs.ts";
import { shareLoads } from "./share_loads.ts";

/** How far {@link lower} goes; a reader wants every load where it is used. */
export interface LowerOptions {
  /** Load a value once where it is used several times, and outside loops that do not change it. */
  readonly share?: boolean;
  /** Sizes that an axis may have when the program runs, the largest first; left out: its extent. */
  readonly extents?: Readonly<Record<string, readonly number[]>>;
  /** Tensors known ahead of time: copies of them made before all loops are no part of the body. */
  readonly constants?: ReadonlySet<string>;
}

/**
 * Turns a scheduled nest into the program that all back ends run.
 *
 * @throws {ScheduleError} the schedule is not legal.
 */
export function lower(nest: Nest, options: LowerOptions = {}): Program {
  const { prepare, body, ...program } = lowerNodes(nest, options);
  return { ...program, prepare: assignPointers(prepare), body: assignPointers(body) };
}

/** {@link lower} before accesses get their pointers, so that loops can still be put around it. */
export function lowerNodes(nest: Nest, options: LowerOptions = {}): Program {
  checkLegal(nest);
  const { share = true, constants = new Set(), extents = {} } = options;
  const isAhead = (pack: Pack) => pack.at === null && constants.has(pack.tensor);
  const accesses = [nest.body.target, ...readsOf(nest.body.value)];
  const refs = new Map(accesses.map((access) => [access, refOf(nest, access)]));
  const outside: Context = {
    extents: new Map(),
    offsets: new Map(),
    path: [],
    width: scalar,
    registers: null,
    beyond: false,
  };
  const clearedBefore = clearedLoop(nest);
  const body = expand({
    loops: expandedLoops(nest, nest.loops),
    lanes: vectorLanes(nest),
    accumulateAt: nest.accumulateAt,
    update: nest.body.update,
    start: sumsInRegisters(nest) ? nest.body.start ?? null : null,
    enter: (loop, context) => [
      ...nest.packs.filter((pack) => pack.at === loop && !isAhead(pack))
        .flatMap((pack) => lowerPack(nest, pack, context)),
      ...(loop === clearedBefore ? lowerStart(nest, loop, context) : []),
    ],
    leave: (loop, context) =>
      nest.packs.filter((pack) => pack.at === loop && isTarget(nest, pack))
        .flatMap((pack) => lowerUnpack(nest, pack, context)),
    leaf: (context) => [computeAt(nest, refs, context)],
    extents: new Map([
      ...wholeExtents(nest),
      ...Object.entries(extents).map(([axis, sizes]) => [axis, { sizes, within: null }] as const),
    ]),
    outermost: true,
  }, outside);
  return {
    name: nest.name,
    buffers: buffersOf(nest),
    prepare: nest.packs.filter(isAhead).flatMap((pack) => lowerPack(nest, pack, outside)),
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

function isTarget(nest: Nest, pack: Pack): boolean {
  return nest.body.target.tensor === pack.tensor;
}

function computeAt(nest: Nest, refs: ReadonlyMap<Access, Ref>, context: Context): Node {
  const target = nest.tensors.find((tensor) => tensor.name === nest.body.target.tensor)!;
  const place = (access: Access) => placeRef(refs.get(access)!, nest.loops, context);
  const ref = place(nest.body.target);
  const { dtype } = target;
  const { width, registers } = context;
  const { value } = nest.body;
  // In pairs, a single read is a copy of two rows in turn.
  const copied = width.pairs === 2 && value.kind === "read" ? value.access : null;
  const compute = {
    kind: "compute",
    update: nest.body.update,
    value: copied ? copiedValue(place(copied), context) : valueOf(value, place),
    dtype,
    width,
  } as const;
  if (!registers) return { ...compute, target: { ref } };
  // Vectors of a reduction and their shorter last one add into the same register.
  const key = `${ref.offset}:${width.reduces ? "" : width.active}`;
  const register: Register = registers.get(key) ?? { id: registers.size, ref, dtype, width };
  registers.set(key, register);
  return { ...compute, target: { register: register.id } };
}

function valueOf(expr: Expr, place: (access: Access) => Ref): Value {
  switch (expr.kind) {
    case "read":
      return { kind: "load", ref: place(expr.access) };
    case "constant":
      return expr;
    case "binary":
      return { ...expr, left: valueOf(expr.left, place), right: valueOf(expr.right, place) };
  }
}

function buffersOf(nest: Nest): Buffer[] {
  const tensors = nest.tensors.map((tensor): Buffer => ({
    name: tensor.name,
    dtype: tensor.dtype,
    elements: elementsOf(tensor),
    role: tensor.role,
    perThread: false,
  }));
  const parallel = nest.loops.findIndex((loop) => loop.mode === "parallel");
  const copies = nest.packs.map((pack): Buffer => {
    const at = nest.loops.findIndex((loop) => loop.name === pack.at);
    return {
      name: packedName(pack),
      dtype: pack.dtype,
      elements: packedDimensions(nest, pack).reduce((size, { count }) => size * count, 1),
      role: "packed",
      perThread: parallel >= 0 && at >= parallel,
    };
  });
  return [...tensors, ...copies];
}
