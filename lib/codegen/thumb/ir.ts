/** A register before registers are given out: a number; the first ones are those of the processor. */
export type Register = number;

/** Registers that code may use: `r0` to `r12` and `lr`, by their place here. */
export const REGISTER_NAMES = [
  "r0",
  "r1",
  "r2",
  "r3",
  "r12",
  "lr",
  "r4",
  "r5",
  "r6",
  "r7",
  "r8",
  "r9",
  "r10",
  "r11",
] as const;

/** The first of them that a function must leave as it found it. */
export const FIRST_SAVED = 5;

/** Vectors that code may use, by their place here; a function leaves those from the fifth on as it found them. */
export const VECTOR_NAMES = ["q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7"] as const;

/** How many vectors a function need not keep. */
export const FREE_VECTORS = 4;

/**
 * Which of them a register may be: one that instructions add vectors up in has an even number, one that
 * bytes are widened from or narrowed to is one of the first eight, a vector is one of its own kind.
 */
export type RegisterKind = "any" | "even" | "low" | "vector";

/** Registers in which a function gets its first parameters. */
export const PARAMETER_REGISTERS = 4;

/** A word of the stack: one of the function's own, or a parameter of its caller. */
export type Slot = { readonly kind: "own" | "parameter"; readonly index: number };

/** An instruction, or a few that belong together, between labels. */
export type Item =
  | {
    readonly kind: "code";
    /** Registers that it writes, and those that it reads; one that is in both stays the same. */
    readonly defs: readonly Register[];
    readonly uses: readonly Register[];
    /** Its text, line by line, given the names of both. */
    readonly text: (defs: readonly string[], uses: readonly string[]) => readonly string[];
    /** Whether it only copies its use to its def. */
    readonly isMove?: boolean;
    /** What may be done again in place of keeping its result: it reads nothing that changes. */
    readonly isConstant?: boolean;
    /** A label that it may jump to. */
    readonly jumpsTo?: string;
    /** Whether it never goes on to the next. */
    readonly isEnd?: boolean;
    /** A word of the stack that it reads or writes. */
    readonly slot?: { readonly slot: Slot; readonly access: "ldr" | "str" };
    /** Loops around it. */
    readonly depth: number;
  }
  | { readonly kind: "label"; readonly name: string };

/** A function in registers without end. */
export interface Routine {
  readonly name: string;
  readonly items: readonly Item[];
  /** Those of its registers that may not be any. */
  readonly kinds: ReadonlyMap<Register, RegisterKind>;
  /** The first number that is no register yet. */
  readonly nextRegister: Register;
  /** Words of the stack that are parameters, by the registers that hold them. */
  readonly homes: ReadonlyMap<Register, Slot>;
}
