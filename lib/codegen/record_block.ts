import type { Region, Value } from "../kernel/kernel.ts";
import type { KernelBuilder } from "../kernel/kernel_builder.ts";
import { allReadsOf, elementsOf } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import { assignPointers } from "./assign_pointers.ts";
import { cutsGroups, type GivenExtents } from "./expanded_loops.ts";
import { lowerNodes, type LowerOptions } from "./lower.ts";
import type { Node, Program, Ref } from "./program.ts";
import { recordNodes } from "./record/record_nodes.ts";
import type { BoundBuffer, RecordOptions } from "./record/recording.ts";
import { mapRefs } from "./refs.ts";

/** What a nest is recorded into. */
export interface BlockBinding
  extends
    Pick<RecordOptions, "fma" | "isCompact" | "isExact" | "moves" | "start" | "finish" | "vector"> {
  /**
   * Where each tensor lies, and each packed copy under its name (`Wp` of W): copies before all loops
   * are made outside, as {@link packTensor} lays them out. Without the target, `finish` must be given.
   */
  readonly buffers: Readonly<Record<string, BlockBuffer>>;
  /** Axes whose extent is known at run time only. */
  readonly extents?: Readonly<Record<string, BlockExtent>>;
  /**
   * Which points are computed, such as the taps of a window that are on the image; left out: all of
   * them. A sum of no points is not finished.
   */
  readonly included?: Included;
  /** Keeps programs of nests that are recorded again; left out: this one is not. */
  readonly programs?: BlockPrograms;
}

/** A tensor or a packed copy. */
export type BlockBuffer = BlockArray | BlockRows;

/** What lies in memory as the nest says. */
export interface BlockArray {
  readonly region: Region;
  /** Address of an element: known now, or a variable. */
  readonly pointer: Value;
  /** Which element that is, if not the first: nothing in front of it is accessed. */
  readonly element?: number;
}

/**
 * A tensor whose rows, along its first dimension, lie anywhere, such as a distance apart that is known
 * at run time only. No loop may go over them: they are unrolled.
 */
export interface BlockRows {
  readonly region: Region;
  /** Address of the first element of each row. */
  readonly rows: readonly Value[];
}

/** An extent that is known at run time only. */
export interface BlockExtent {
  /** All that there may be, the largest first. */
  readonly sizes: readonly number[];
  /** One of them, in elements. */
  readonly value: Value;
}

/**
 * Records what a scheduled nest does into a kernel that is being written, on memory of its own. Loops
 * that run once leave no loop. Vectors are as wide as the schedule says: whoever has none of more than
 * 128 bits looks at that before.
 *
 * @throws {ScheduleError} the schedule is not legal.
 * @throws {TypeError} a buffer is bound to nothing, or is none of the nest's; a loop goes over rows that
 * are given.
 * @throws {RangeError} an extent is larger than its axis, or they do not fall.
 */
export function recordBlock(builder: KernelBuilder, nest: Nest, binding: BlockBinding): void {
  const { buffers, extents = {}, included, programs = new BlockPrograms(), ...options } = binding;
  const given = Object.entries(extents);
  const sizes = given.map(([axis, extent]) => [axis, extent.sizes] as const);
  const { program, body, isCut } = programs.of(nest, {
    extents: given.length === 0 ? {} : Object.fromEntries(sizes),
    included,
    skipped: skippedIn(buffers),
  });
  let nodes = program.body;
  const bound = new Map<string, BoundBuffer>();
  for (const name of Object.keys(buffers)) {
    const buffer = buffers[name];
    const { dtype } = bufferOf(program, name);
    const { region } = buffer;
    if ("pointer" in buffer) bound.set(name, { dtype, region, pointer: buffer.pointer });
    else {
      nodes = splitRows(nodes, nest, { tensor: name, rows: buffer.rows.length });
      for (const [row, pointer] of buffer.rows.entries()) {
        bound.set(rowName(name, row), { dtype, region, pointer });
      }
    }
  }
  recordNodes(nodes === program.body ? body : assignPointers(nodes), {
    ...options,
    builder,
    isCut,
    buffers: bound,
    extents: new Map(given.map(([axis, { value }]) => [axis, value])),
  });
}

function bufferOf({ name: nest, buffers }: Program, name: string): Program["buffers"][number] {
  for (const each of buffers) if (each.name === name) return each;
  const names = buffers.map((each) => each.name);
  throw new TypeError(`${nest} has no buffer ${name}, only ${names.join(", ")}`);
}

function skippedIn(buffers: BlockBinding["buffers"]): BlockForm["skipped"] {
  let skipped: Record<string, number> | undefined;
  for (const name of Object.keys(buffers)) {
    const buffer = buffers[name];
    if ("element" in buffer && buffer.element) (skipped ??= {})[name] = buffer.element;
  }
  return skipped;
}

/** A block that is ready to be recorded. */
export interface BlockProgram {
  /** Before accesses get their pointers. */
  readonly program: Program;
  /** Its body when they have. */
  readonly body: readonly Node[];
  /** Whether an extent that is given may end inside a group. */
  readonly isCut: boolean;
}

/** Which points of a block are computed. */
interface Included {
  /** Names the choice: where it is the same, the same points are included. */
  readonly key: string;
  /** Whether a point is, by how far unrolled loops displace each axis. */
  readonly includes: NonNullable<LowerOptions["includes"]>;
}

/** In what form a block is wanted. */
interface BlockForm {
  /** Extents of axes that are known at run time only. */
  readonly extents: GivenExtents;
  /** Which points are computed; left out: all of them. */
  readonly included?: Included;
  /** Elements in front of those that pointers are bound to, by buffer; left out: none. */
  readonly skipped?: Readonly<Record<string, number>>;
}

/** The programs of blocks: one that is recorded in several places is lowered once. */
export class BlockPrograms {
  readonly #known = new WeakMap<Nest, Map<string, BlockProgram>>();

  /**
   * The program of a nest with extents that are given at run time, without the copies that are made
   * before all loops.
   *
   * @throws {ScheduleError} the schedule is not legal.
   * @throws {RangeError} an extent is larger than its axis, or they do not fall.
   */
  of(nest: Nest, form: BlockForm): BlockProgram {
    const programs = this.#known.get(nest) ?? new Map<string, BlockProgram>();
    this.#known.set(nest, programs);
    const key = keyOf(form);
    const made = programs.get(key) ?? blockProgram(nest, form);
    programs.set(key, made);
    return made;
  }
}

/** What tells forms apart; nothing for whole blocks, which are most. */
function keyOf({ extents, included, skipped }: BlockForm): string {
  let key = included === undefined ? "" : `included ${included.key} `;
  for (const axis of Object.keys(extents)) key += `${axis} ${extents[axis].join()} `;
  for (const name of Object.keys(skipped ?? {})) key += `without ${name} ${skipped![name]} `;
  return key;
}

function blockProgram(nest: Nest, { extents, included, skipped = {} }: BlockForm): BlockProgram {
  const ahead = nest.packs.filter(({ at }) => at === null).map(({ tensor }) => tensor);
  const { body: nodes, ...lowered } = lowerNodes(nest, {
    includes: included?.includes,
    constants: new Set(ahead),
    isPrepared: true,
    extents,
    limited: false,
  });
  const body = Object.keys(skipped).length === 0 ? nodes : mapRefs(nodes, (ref) => (
    { ...ref, offset: ref.offset - (skipped[ref.buffer] ?? 0) }
  ));
  const program = { ...lowered, body };
  return { program, body: assignPointers(program.body), isCut: cutsGroups(nest, extents) };
}

/** A tensor whose rows are a buffer each, and how many there are. */
export interface SplitTensor {
  readonly tensor: string;
  /** Rows that there are, along its first dimension. */
  readonly rows: number;
}

/** The buffer of a row of a tensor. */
function rowName(tensor: string, row: number): string {
  return `${tensor}${row}`;
}

/**
 * Makes each row of a tensor, along its first dimension, a buffer of its own: where rows are any
 * distance apart, so that no stride leads from one to the next.
 *
 * @throws {TypeError} it is no tensor of the nest, has other rows, or a loop goes over them.
 */
function splitRows(
  nodes: readonly Node[],
  nest: Nest,
  { tensor: name, rows }: SplitTensor,
): Node[] {
  const tensor = nest.tensors.find((each) => each.name === name);
  if (!tensor) throw new TypeError(`${nest.name} has no tensor ${name} whose rows could be given`);
  if (tensor.shape[0] !== rows) {
    throw new TypeError(`${name} has ${tensor.shape[0]} rows, found pointers to ${rows}`);
  }
  const along = new Set(
    [nest.body.target, ...allReadsOf(nest.body)].filter((access) => access.tensor === name)
      .flatMap(({ index }) => Object.keys(index[0].terms)),
  );
  const rowElements = elementsOf(tensor) / rows;
  return mapRefs(nodes, (ref: Ref): Ref => {
    if (ref.buffer !== name) return ref;
    const loop = nest.loops.find((each) => along.has(each.axis) && ref.strides[each.name]);
    if (loop || ref.lane >= rowElements) {
      const over = loop?.name ?? "a vector";
      throw new TypeError(`"${over}" goes over rows of ${name}, which are given; unroll it`);
    }
    const row = Math.floor(ref.offset / rowElements);
    return { ...ref, buffer: rowName(name, row), offset: ref.offset - row * rowElements };
  });
}
