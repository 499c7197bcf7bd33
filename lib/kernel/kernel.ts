import type { ValueType } from "./instruction.ts";
import type { Opcode } from "./opcode.ts";

/**
 * A kernel written out: loops, local variables and vector instructions as plain data, from which it
 * is encoded as WebAssembly, printed as pseudo-code, or run with every access checked.
 */
export interface KernelCode {
  /** Unique in its module. */
  readonly name: string;
  /** Variables that the caller fills. */
  readonly parameters: readonly Local[];
  /** Type of its result, or null. */
  readonly result: ValueType | null;
  /** What it does. */
  readonly body: readonly Statement[];
  /** Value it returns; null without a result. */
  readonly returns: Value | null;
}

/** A variable of a kernel. */
export interface Local {
  readonly name: string;
  readonly type: ValueType;
}

/**
 * A memory of its own, in which regions lie. Where it begins is the back end's business: WebAssembly
 * has all of them one after the other in one memory, a microcontroller constants in Flash.
 */
export type Space =
  /** What the plan lays out. */
  | "arena"
  /** Weights and tables. */
  | "constants"
  /** Tensors that keep their content from run to run. */
  | "state"
  /** Inputs outside of the arena. */
  | "external"
  /** What kernels work in beside the arena. */
  | "workspace"
  /** One word: 0, or the number of the operator that refuses what it was given, plus one. */
  | "refusal"
  /** All there is: offsets in it are addresses. */
  | "memory";

/** A stretch of memory with one purpose, by which accesses are named and checked. */
export interface Region {
  /** What it is called in pseudo-code. */
  readonly name: string;
  /** Where it lies. */
  readonly space: Space;
  /** First byte in its space. */
  readonly offsetBytes: number;
  /** Its size. */
  readonly sizeBytes: number;
  /** What checked mode knows it by; null: constants and the like, which need no check. */
  readonly check: number | null;
}

/** Something computed; it has no effect of its own. */
export type Value =
  | { readonly kind: "constant"; readonly type: ValueType; readonly value: number | bigint }
  | { readonly kind: "bytes"; readonly type: "v128"; readonly bytes: Uint8Array }
  | { readonly kind: "local"; readonly type: ValueType; readonly local: Local }
  /** A pointer to a byte of a region, counted from its first. */
  | {
    readonly kind: "address";
    readonly type: "i32";
    readonly region: Region;
    readonly offsetBytes: number;
  }
  | {
    readonly kind: "op";
    readonly type: ValueType;
    readonly op: Opcode;
    readonly args: readonly Value[];
    /** Immediate bytes: 16 of a shuffle, 1 of a lane instruction. */
    readonly lanes: readonly number[];
  }
  | {
    readonly kind: "load";
    readonly type: ValueType;
    readonly op: Opcode;
    readonly place: Place;
  }
  /** One of two values; only the one that is taken is computed. */
  | {
    readonly kind: "if";
    readonly type: ValueType;
    readonly condition: Value;
    readonly then: Value;
    readonly otherwise: Value;
  }
  | {
    readonly kind: "call";
    readonly type: ValueType;
    /** Name of a kernel of the module or of an imported function. */
    readonly callee: string;
    readonly args: readonly Value[];
  };

/** Where an access begins. */
export interface Place {
  /** What is accessed. */
  readonly region: Region;
  /** A pointer; an index in bytes from the region's first if `isIndex`, which is not negative. */
  readonly address: Value;
  /** Bytes behind it. */
  readonly offsetBytes: number;
  readonly isIndex: boolean;
  /** Of what is loaded, as many bytes from the first matter; left out: all. */
  readonly usedBytes?: number;
  /** What the address without these bytes is known to be a multiple of; 1 if left out. */
  readonly alignmentBytes?: number;
}

/** One step of a kernel. */
export type Statement =
  | { readonly kind: "set"; readonly local: Local; readonly value: Value }
  | {
    readonly kind: "store";
    readonly op: Opcode;
    readonly place: Place;
    readonly value: Value;
    /** Lane of a vector that is stored; null: all of the value. */
    readonly lane: number | null;
  }
  | {
    /**
     * `variable` from `from` in steps of `step` (which may be negative) as long as it is before `until`,
     * which is computed anew for each test; with a step of 0 the body moves it on, upwards. If `from` is the variable itself it goes on from what it
     * holds; behind the loop it holds the first number that is not before `until`.
     */
    readonly kind: "for";
    readonly variable: Local;
    readonly from: Value;
    readonly until: Value;
    readonly step: number;
    /** Known to run at least once, so that the test can come last. */
    readonly atLeastOnce: boolean;
    readonly body: readonly Statement[];
  }
  | {
    readonly kind: "if";
    readonly condition: Value;
    readonly then: readonly Statement[];
    readonly otherwise: readonly Statement[];
  }
  | { readonly kind: "call"; readonly callee: string; readonly args: readonly Value[] }
  /** All threads wait for each other; nothing where there is one. */
  | { readonly kind: "barrier"; readonly threads: Value }
  | { readonly kind: "remark"; readonly text: string };

/**
 * First byte of a region in a memory that holds the spaces one after the other.
 *
 * @throws {TypeError} the region's space is none of them.
 */
export function regionAddress(
  { space, name, offsetBytes }: Region,
  spaces: Readonly<Partial<Record<Space, number>>>,
): number {
  const first = space === "memory" ? 0 : spaces[space];
  if (first === undefined) throw new TypeError(`region ${name} lies in ${space}, which is nowhere`);
  return first + offsetBytes;
}
