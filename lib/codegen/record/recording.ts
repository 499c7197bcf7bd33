import { type DType, dtypeBytes } from "../../nest/dtype.ts";
import type { KernelCode, Region, Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import type { Node, Register } from "../program.ts";

/** A variable of the kernel that is being recorded. */
export type Variable = Value & { readonly kind: "local" };

/** Where a buffer of a program lies for the kernel that works on it. */
export interface BoundBuffer {
  readonly dtype: DType;
  readonly region: Region;
  /**
   * Address of its first element: an address that is known when the kernel is recorded, or something
   * cheap to compute again for every access, such as a variable.
   */
  readonly pointer: Value;
}

/** Whose memory holds what a register block starts from, and where its sums go. */
export interface RegisterExchange {
  /** What a register starts from. */
  readonly take: (register: Register) => Value;
  /** Called behind the block with what it holds. */
  readonly give: (register: Register, sum: Value) => void;
}

/** How a program becomes statements of a kernel. */
export interface RecordOptions {
  /** Every buffer of the program, by its name. */
  readonly buffers: ReadonlyMap<string, BoundBuffer>;
  /** Fuse multiplication and addition in vectors: one rounding instead of two. */
  readonly fma?: boolean;
  /** This thread's number and how many there are: parallel loops are shared. Left out: one thread. */
  readonly team?: Team;
  /** Most elements of the outermost loops, for short runs; left out: all. */
  readonly limit?: Value;
  /** Elements of loops that are lowered for more than one extent, by loop; left out: the greatest. */
  readonly extents?: ReadonlyMap<string, Value>;
  /** Accumulated registers come from and go to the caller; left out: from and to memory. */
  readonly exchange?: RegisterExchange;
  /**
   * Register blocks become kernels of their own, which are handed to `add`, under names that `name`
   * makes; left out: they stay where they are.
   */
  readonly outline?: Outline;
}

/** The threads that a kernel is run by. */
export interface Team {
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
  readonly values: Map<number, Variable>;
  readonly registers: ReadonlyMap<number, Variable>;
  /** Directly inside a block of several vector registers. */
  readonly accumulating: boolean;
  /** Pointers to which offsets are added before an access, not within it. */
  readonly added: ReadonlySet<number>;
}

/** Outside of all loops. */
export function outside(): Scope {
  return {
    pointers: new Map(),
    remaining: new Map(),
    steps: new Map(),
    values: new Map(),
    registers: new Map(),
    accumulating: false,
    added: new Set(),
  };
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
