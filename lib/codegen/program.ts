import type { NestDtype } from "../nest/dtype.ts";
import type { BinaryOp } from "../nest/nest.ts";

/**
 * What a scheduled nest does, step by step: loops with bodies already unrolled and remainders
 * already cut off, and every access reduced to "base + stride of each loop". It is recorded in the
 * kernel language, from which it is compiled, counted and traced.
 */
export interface Program {
  readonly name: string;
  readonly buffers: readonly ProgramBuffer[];
  /** What depends on weights alone and is done once, ahead of time. */
  readonly prepare: readonly Node[];
  readonly body: readonly Node[];
}

/** Memory of a program: a tensor of the nest, a packed copy, or an intermediate result. */
export interface ProgramBuffer {
  readonly name: string;
  readonly dtype: NestDtype;
  readonly elements: number;
  readonly role: "input" | "output" | "packed" | "scratch";
  /** The buffer in whose memory it lies, if not in its own. */
  readonly sharesWith?: string;
  /** A copy that every thread makes for itself. */
  readonly perThread: boolean;
}

export type Node = LoopRange | Let | Compute | Accumulate | Barrier | Prefetch;

/** One loop at run time: its parts run one after the other and share the loop's variable. */
export interface LoopRange {
  readonly kind: "range";
  readonly loop: string;
  /** Elements per step of the scheduled loop; strides are per step. */
  readonly step: number;
  readonly extent: LoopExtent;
  readonly parallel: boolean;
  /** The outermost loop, which a warm-up call may cut short. */
  readonly outermost: boolean;
  readonly parts: readonly LoopPart[];
  /** Filled by `assignPointers`. */
  readonly pointers: readonly Pointer[];
}

/**
 * How many elements a loop covers: one of `sizes`. With `within` set it is known at run time only:
 * the least of that tile loop's step and what remains for it. With `given` set whoever runs the
 * program says it.
 */
export interface LoopExtent {
  readonly sizes: readonly number[];
  readonly within: string | null;
  /** The axis whose extent is given at run time; null: it is not. */
  readonly given: string | null;
}

/**
 * `times` iterations, each over `unit` elements. `fits`: while at least `unit` elements remain;
 * `left`: while any remain; `equals`: once, if exactly `unit` remain.
 */
export interface LoopPart {
  readonly times: number | "fits" | "left" | "equals";
  readonly unit: number;
  readonly body: readonly Node[];
}

/** An address that moves with a loop: starts at `from` (another pointer, or the buffer's start). */
export interface Pointer {
  readonly id: number;
  readonly from: number | null;
  readonly buffer: string;
  /** Elements per step of the loop. */
  readonly stride: number;
}

/** Where an element is: `offset + sum of strides[loop] * steps done in loop`, in elements. */
export interface Ref {
  readonly buffer: string;
  readonly offset: number;
  readonly strides: Readonly<Record<string, number>>;
  /** Elements between vector lanes: 0 or their distance. */
  readonly lane: number;
  /** Elements between neighbours of a group. */
  readonly member: number;
  /** It is int8 to which 128 is added as it is loaded, which makes it a uint8. */
  readonly isUnsigned: boolean;
  /** Neighbours with which it can be loaded at once; null: it is loaded by itself. */
  readonly staged: Neighbours | null;
  /** Coordinates that must be inside `0 .. extent - 1`, or `outside` is read. */
  readonly guards: readonly Guard[];
  readonly outside: number;
  /** Filled by `assignPointers`; null: the address is a constant. */
  readonly pointer: number | null;
}

/** A run of elements side by side, and which of them is meant. */
export interface Neighbours {
  readonly elements: number;
  readonly first: number;
}

/** One coordinate of a padded access. */
export interface Guard {
  readonly offset: number;
  readonly strides: Readonly<Record<string, number>>;
  readonly extent: number;
}

/** How many elements one operation handles: `lanes` in a register, of which `active` are real. */
export interface Width {
  readonly lanes: number;
  readonly active: number;
  /** Elements of a reduction that each lane multiplies and adds at once. */
  readonly group: 1 | 2 | 4;
  /** How many of a group there are: fewer than it has at the end of an axis that is not filled up. */
  readonly members: number;
  /** Lanes are partial sums of one element, not neighbours. */
  readonly reduces: boolean;
}

/** A value loaded once and used several times. */
export interface Let {
  readonly kind: "let";
  readonly id: number;
  readonly ref: Ref;
  readonly width: Width;
  /** Dtype that it is converted to. */
  readonly dtype: NestDtype;
  /** How many neighbours are loaded at once, as they lie; null: one value of that width. */
  readonly neighbours: number | null;
}

export type Expression =
  | { readonly kind: "load"; readonly ref: Ref }
  | { readonly kind: "pair"; readonly first: Expression; readonly second: Expression }
  /** What was loaded; of several neighbours the group that begins at `first`, repeated in all lanes. */
  | {
    readonly kind: "use";
    readonly id: number;
    readonly neighbours: number | null;
    readonly first: number;
  }
  /** What the register that is finished has been summed up to. */
  | { readonly kind: "sum" }
  | {
    readonly kind: "requantize";
    readonly value: Expression;
    readonly multiplier: Expression;
    readonly shift: Expression;
  }
  | { readonly kind: "constant"; readonly value: number }
  | {
    readonly kind: "binary";
    readonly op: BinaryOp;
    readonly left: Expression;
    readonly right: Expression;
  };

/** `target (+)= value`. */
export interface Compute {
  readonly kind: "compute";
  readonly target: { readonly ref: Ref } | { readonly register: number };
  readonly update: "add" | "max" | "set";
  readonly value: Expression;
  readonly dtype: NestDtype;
  readonly width: Width;
  /** Whether the value multiplies fours of int8, neither factor being a uint8; left out: it does not. */
  readonly isSigned?: boolean;
}

/** Target elements that stay in registers during `body`. */
export interface Accumulate {
  readonly kind: "accumulate";
  readonly registers: readonly Register[];
  readonly update: "add" | "max";
  /** What the registers start from; null: from what the target holds. */
  readonly start: number | null;
  readonly body: readonly Node[];
}

export interface Register {
  readonly id: number;
  readonly ref: Ref;
  /** Where its first element lies in the block, by axis of the target. */
  readonly coordinates: Readonly<Record<string, number>>;
  readonly dtype: NestDtype;
  readonly width: Width;
  /** What is added before all else; null: nothing. */
  readonly added: Ref | null;
  /** What is stored in the end; null: what it holds. */
  readonly finish: Expression | null;
}

/** An element's line of memory is asked for, wherever it lies; changes nothing. */
export interface Prefetch {
  readonly kind: "prefetch";
  readonly ref: Ref;
  /** Whether it will be written to. */
  readonly isWritten: boolean;
}

/** All threads wait for each other. */
export interface Barrier {
  readonly kind: "barrier";
}

/** What holds of the loops around a place by name, the innermost first; null: nothing. */
export type Chain<Value> = Link<Value> | null;

/** One of them; unlike a copy of a map it costs the same however many there are. */
export interface Link<Value> {
  readonly name: string;
  readonly value: Value;
  readonly outer: Chain<Value>;
}

/** What holds of a name innermost. */
export function innermost<Value>(chain: Chain<Value>, name: string): Value | undefined {
  for (let link = chain; link !== null; link = link.outer) {
    if (link.name === name) return link.value;
  }
  return undefined;
}
