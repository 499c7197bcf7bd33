import { beside, unsignedOffset, vectorLanes } from "../schedule/dot_group.ts";
import type { Nest, Pack } from "../nest/nest.ts";
import { axisOf, ScheduleError } from "../schedule/loops.ts";
import { heldDuring, type PackedDimension, packedDimensions } from "../schedule/strides.ts";
import { type Context, expand, scalar } from "./expand.ts";
import { expandedLoops, type GivenExtents, wholeExtents } from "./expanded_loops.ts";
import { packedName } from "./lower_pack.ts";
import type { Compute, Node, ProgramBuffer, Ref, Register } from "./program.ts";
import { bufferRef, placerOf } from "./refs.ts";

/**
 * What takes back the 128 that is added to one factor so that an instruction can multiply it as uint8:
 * `(a + 128) * b` is `a * b` and `128 * b`, so sums of products begin at -128 times the sum of all b.
 */
export interface Offset {
  /** The copy of the factor b. */
  readonly pack: Pack;
  /** The buffer of those starts, one for each place of b along axes of the target. */
  readonly buffer: ProgramBuffer;
  /** What a register begins with. */
  readonly place: (context: Context) => Ref;
}

/**
 * The offset of a nest's sums; null: they have none.
 *
 * @throws {ScheduleError} how much of b is used is known at run time only.
 */
export function offsetOf(
  nest: Nest,
  buffers: readonly ProgramBuffer[],
  extents: GivenExtents,
): Offset | null {
  const access = beside(nest);
  if (access === null) return null;
  const given = nest.axes.find(({ name, role }) => role === "reduction" && extents[name]);
  if (given) {
    throw new ScheduleError(
      `Cannot multiply uint8 by "${access.tensor}" in fours: the extent of "${given.name}" is given ` +
        `at run time, and all of the copy is summed up ahead`,
    );
  }
  const pack = nest.packs.find(({ tensor }) => tensor === access.tensor)!;
  const spaces = spacesOf(nest, pack);
  const name = `${pack.tensor}sums`;
  const elements = spaces.reduce((product, { count }) => product * count, 1);
  const { perThread } = buffers.find((each) => each.name === packedName(pack))!;
  return {
    pack,
    buffer: { name, dtype: "i32", elements, role: "packed", perThread },
    place: placerOf(bufferRef(name, stridesOf(spaces, (loop) => loop)), nest.loops),
  };
}

/** The loops that sum up the copy of b, once it is there. */
export function lowerOffset(nest: Nest, { pack, buffer }: Offset, context: Context): Node[] {
  const nameOf = (loop: string) => `${buffer.name}_${loop}`;
  const index = (name: string | null | undefined) =>
    nest.loops.findIndex((loop) => loop.name === name);
  const parallel = nest.loops.find(({ mode }) => mode === "parallel");
  const together = index(parallel?.name) > index(pack.at);
  const dimensions = packedDimensions(nest, pack);
  const spaces = spacesOf(nest, pack);
  const names = new Set(spaces.map(({ loop }) => loop.name));
  const isSummed = (each: PackedDimension) => !names.has(each.loop.name);
  const hasVector = dimensions.some(({ loop }) => loop.mode === "vector");
  const loops = dimensions.map(({ loop }, at) => ({
    ...loop,
    name: nameOf(loop.name),
    ...loop.mode === "parallel" && { mode: "serial" as const },
    // One element at a time needs no instruction for groups.
    ...loop.mode === "dot" && !hasVector && { mode: "serial" as const, unroll: "full" as const },
    ...together && at === 0 && !isSummed(dimensions[0]) &&
      { mode: "parallel" as const, unroll: 1 },
  }));
  const strides = Object.fromEntries(
    dimensions.map(({ loop, stride }) => [nameOf(loop.name), stride]),
  );
  const source = placerOf(bufferRef(packedName(pack), strides), loops);
  const target = placerOf(bufferRef(buffer.name, stridesOf(spaces, nameOf)), loops);
  const body = expand({
    loops: expandedLoops(nest, loops),
    lanes: vectorLanes(nest),
    group: 4,
    accumulateAt: nameOf(dimensions.find(isSummed)!.loop.name),
    update: "add",
    start: 0,
    enter: () => [],
    leave: () => [],
    leaf: (inner) => [sumUp(source(inner), target(inner), inner)],
    extents: wholeExtents(nest),
    outermost: false,
  }, { ...context, width: scalar, registers: null });
  return together ? [...body, { kind: "barrier" }] : body;
}

function sumUp(from: Ref, to: Ref, { width, registers }: Context): Compute {
  const key = `${to.offset}:${width.active}`;
  const register: Register = registers!.get(key) ?? {
    id: registers!.size,
    ref: to,
    coordinates: {},
    dtype: "i32",
    width: { ...width, group: 1, members: 1 },
    added: null,
    finish: {
      kind: "binary",
      op: "mul",
      left: { kind: "sum" },
      right: { kind: "constant", value: -unsignedOffset },
    },
  };
  registers!.set(key, register);
  const one = { kind: "constant", value: 1 } as const;
  const load = { kind: "load", ref: from } as const;
  return {
    kind: "compute",
    target: { register: register.id },
    update: "add",
    value: width.group === 1 ? load : { kind: "binary", op: "mul", left: one, right: load },
    dtype: "i32",
    width,
  };
}

/** What the sums are apart by: places along axes of the target, and tiles that registers take in turn. */
function spacesOf(nest: Nest, pack: Pack): readonly PackedDimension[] {
  const held = nest.loops.findIndex(({ name }) => name === heldDuring(nest));
  return packedDimensions(nest, pack).filter(({ loop }) =>
    axisOf(nest, loop).role === "space" || nest.loops.indexOf(loop) < held
  );
}

/** Strides of a buffer with all that loops walk, the last of them from one element to the next. */
function stridesOf(
  spaces: readonly PackedDimension[],
  nameOf: (loop: string) => string,
): Readonly<Record<string, number>> {
  const strides: Record<string, number> = {};
  let stride = 1;
  for (const { loop, count } of spaces.toReversed()) {
    strides[nameOf(loop.name)] = stride;
    stride *= count;
  }
  return strides;
}
