import type { KernelCode, Region, Value } from "../../kernel/kernel.ts";
import { type At, type KernelBuilder, loadOf } from "../../kernel/kernel_builder.ts";
import { apply } from "../../kernel/values.ts";
import { dtypeBytes, type NestDtype } from "../../nest/dtype.ts";
import type { Node, Width } from "../program.ts";

/** A variable of the kernel that is being recorded. */
export type Variable = Value & { readonly kind: "local" };

/** Where a buffer of a program lies for the kernel that works on it. */
export interface BoundBuffer {
  readonly dtype: NestDtype;
  readonly region: Region;
  /**
   * Address of its first element: an address that is known when the kernel is recorded, or something
   * cheap to compute again for every access, such as a variable.
   */
  readonly pointer: Value;
}

/** A register of a block, as whoever starts or finishes it sees it. */
export interface BlockRegister {
  /** Where its first element lies in the block, by axis of the target. */
  readonly coordinates: Readonly<Record<string, number>>;
  /** Elements in it, one a lane; 1: it is a scalar. */
  readonly lanes: number;
  /** How many of them are elements of the target; the others are in its last vector only. */
  readonly active: number;
}

/** What a register of a block holds in the end. */
export interface BlockSum extends BlockRegister {
  readonly value: Value;
}

/**
 * How the pointer to a buffer moves with a loop: called before the loop with the pointer of its first
 * iteration, gives what moves it on at the end of each.
 */
export type Mover = (pointer: Variable) => () => void;

/** How a program becomes statements of a kernel. */
export interface RecordOptions {
  /** Every buffer of the program, by its name. */
  readonly buffers: ReadonlyMap<string, BoundBuffer>;
  /** Fuse multiplication and addition in vectors: one rounding instead of two. */
  readonly fma?: boolean;
  /** This thread's number and how many there are: parallel loops are shared. Left out: one thread. */
  readonly team?: ThreadTeam;
  /** Most elements of the outermost loops, for short runs; left out: all. */
  readonly limit?: Value;
  /** Extents in elements of axes whose extent is known at run time only, by axis. */
  readonly extents?: ReadonlyMap<string, Value>;
  /** How buffers' pointers move with loops, by buffer and loop; left out: by their strides. */
  readonly moves?: Readonly<Record<string, Readonly<Record<string, Mover>>>>;
  /** What accumulated registers start from; left out: from the nest's start, or from memory. */
  readonly start?: (register: BlockRegister) => Value;
  /** Called behind a block with all of its registers; left out: they are finished and stored. */
  readonly finish?: (sums: readonly BlockSum[]) => void;
  /** Whether innermost loops of register blocks are written out fewer times; default false. */
  readonly isCompact?: boolean;
  /** Whether vectors of floats that are not full read no byte behind their elements; default false. */
  readonly isExact?: boolean;
  /**
   * Fills groups that are not full up with zeros, since an axis may end where the other factor does
   * not; left out: the other factor has zeros there.
   */
  readonly isCut?: boolean;
  /** Keeps a vector constant where loading it is cheap; left out: it is part of the code. */
  readonly vector?: (bytes: Uint8Array) => Value;
  /**
   * Register blocks become kernels of their own, which are handed to `add`, under names that `name`
   * makes; left out: they stay where they are.
   */
  readonly outline?: Outline;
}

/** The threads that a kernel is run by. */
export interface ThreadTeam {
  readonly thread: Value;
  readonly threads: Value;
}

/** What takes the kernels into which register blocks are cut out. */
export interface Outline {
  readonly name: (buffer: string) => string;
  readonly add: (code: KernelCode) => void;
}

/** A kernel that is being recorded, and what holds all over it. */
export interface Recording extends RecordOptions {
  readonly builder: KernelBuilder;
  /** Records nodes one after the other. */
  readonly nodes: (recording: Recording, nodes: readonly Node[], scope: Scope) => void;
}

/** What is known at one place of the program. */
export interface Scope {
  /** Address of each pointer. */
  readonly pointers: ReadonlyMap<number, Variable>;
  /** Elements that remain for each loop, where that is known at run time only. */
  readonly remaining: ReadonlyMap<string, { readonly left: Variable; readonly step: number }>;
  /** Steps done in each loop, where a padded access asks for them. */
  readonly steps: ReadonlyMap<string, Variable>;
  /** How pointers move that do not move by strides. */
  readonly moves: ReadonlyMap<number, () => void>;
  /** Bytes by which accesses through a pointer lie behind it: it moves once for several passes. */
  readonly shifted: ReadonlyMap<number, number>;
  /** Values by their number, which is theirs alone: of one that is computed anew the latest. */
  readonly values: Map<number, Variable>;
  /** Groups of values that hold neighbours, repeated in all lanes. */
  readonly groups: Groups;
  readonly registers: ReadonlyMap<number, Variable>;
  /** Inside a block of several vector registers. */
  readonly accumulating: boolean;
  /** Pointers to which offsets are added before an access, not within it. */
  readonly added: ReadonlySet<number>;
}

/** Groups of values by their numbers, of a body and of those around it. */
interface Groups {
  readonly outer: Groups | null;
  /** Null: none yet. */
  own: Map<number, Variable> | null;
}

/** A group that is known in a body. */
export function knownGroup({ groups }: Scope, key: number): Variable | undefined {
  for (let each: Groups | null = groups; each !== null; each = each.outer) {
    const known = each.own?.get(key);
    if (known !== undefined) return known;
  }
  return undefined;
}

/** Keeps a group for the rest of a body. */
export function keepGroup({ groups }: Scope, key: number, group: Variable): Variable {
  (groups.own ??= new Map()).set(key, group);
  return group;
}

const nothing: ReadonlyMap<never, never> = new Map<never, never>();

/** Outside of all loops. */
export function outside(): Scope {
  return {
    pointers: nothing,
    remaining: nothing,
    steps: nothing,
    moves: nothing,
    shifted: nothing,
    values: new Map(),
    groups: { outer: null, own: null },
    registers: nothing,
    accumulating: false,
    added: new Set(),
  };
}

/** Room for what is computed in a body and holds there alone. */
export function groupsWithin({ groups }: Scope): Groups {
  return { outer: groups, own: null };
}

/** A map with more in it; the same one if there is no more. */
export function extended<Key, Of>(
  map: ReadonlyMap<Key, Of>,
  more: readonly (readonly [Key, Of])[],
): ReadonlyMap<Key, Of> {
  if (more.length === 0) return map;
  const all = new Map(map);
  for (let i = 0; i < more.length; i++) all.set(more[i][0], more[i][1]);
  return all;
}

/** A buffer as it is bound. */
export function boundTo({ buffers }: RecordOptions, name: string): BoundBuffer {
  const bound = buffers.get(name);
  if (!bound) throw new TypeError(`buffer ${name} is bound to no region`);
  return bound;
}

/** Bytes of so many elements of a buffer. */
export function bytesOf(recording: RecordOptions, buffer: string, elements: number): number {
  return elements * dtypeBytes(boundTo(recording, buffer).dtype);
}

// Groups of neighbours along a reduction, which a lane multiplies and adds at once: two int16, or four
// bytes. Where there are fewer, no byte behind them is read.

const splats = {
  1: "v128.load8_splat",
  2: "v128.load16_splat",
  4: "v128.load32_splat",
  8: "v128.load64_splat",
} as const;

/**
 * The members of a group that are there, repeated in all lanes. What fills it up does not matter
 * where the other factor is filled up with zeros; else `isFilled` fills it up with zeros.
 */
export function loadGroup(
  at: At & { readonly offsetBytes: number },
  from: NestDtype,
  { group, members, isFilled }: Pick<Width, "group" | "members"> & { readonly isFilled: boolean },
): Value {
  const memberBytes = dtypeBytes(from);
  const bytes = members * memberBytes;
  const isNarrow = group === 2 && memberBytes === 1;
  if (members < group && isFilled) {
    const low = lowBytes(at, bytes);
    // Of a pair of int8, the one that is there is an int16.
    const word = isNarrow ? apply("i32.and", [apply("i32.extend8_s", [low]), 0xffff]) : low;
    return apply("i32x4.splat", [word]);
  }
  if (bytes === 3) return apply("i32x4.splat", [lowBytes(at, bytes)]);
  const loaded = loadOf(splats[bytes as 1 | 2 | 4], at);
  return isNarrow ? apply("i16x8.extend_low_i8x16_s", [loaded]) : loaded;
}

// One to three bytes as the low ones of an i32.
function lowBytes(at: At & { readonly offsetBytes: number }, bytes: number): Value {
  if (bytes === 1) return loadOf("i32.load8_u", at);
  const two = loadOf("i32.load16_u", at);
  if (bytes === 2) return two;
  const third = loadOf("i32.load8_u", { ...at, offsetBytes: at.offsetBytes + 2 });
  return apply("i32.or", [two, apply("i32.shl", [third, 16])]);
}

/** Neighbouring groups of so many lanes, each lane's from one place. */
export function loadGroups(at: At, from: NestDtype, { group }: Width): Value {
  return loadOf(group === 2 && from === "i8" ? "i16x8.load8x8_s" : "v128.load", at);
}

/** So many neighbours at once: as int16 where they are multiplied in pairs, else as they are. */
export function loadNeighbours(at: At, from: NestDtype, count: number): Value {
  if (from !== "i8") {
    const bytes = count * dtypeBytes(from);
    return loadOf(bytes === 16 ? "v128.load" : splats[bytes as 2 | 4 | 8], at);
  }
  if (count === 8) return loadOf("i16x8.load8x8_s", at);
  return apply("i16x8.extend_low_i8x16_s", [loadOf(splats[count as 1 | 2 | 4], at)]);
}
