import type { Place } from "../../kernel/kernel.ts";

/** A register before registers are given out: a number; the first ones are those of the processor. */
export type ThumbRegister = number;

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
export type RoutineItem =
  | {
    readonly kind: "code";
    /** Registers that it writes, and those that it reads; one that is in both stays the same. */
    readonly defs: readonly ThumbRegister[];
    readonly uses: readonly ThumbRegister[];
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
  readonly items: readonly RoutineItem[];
  /** Those of its registers that may not be any. */
  readonly kinds: ReadonlyMap<ThumbRegister, RegisterKind>;
  /** The first number that is no register yet. */
  readonly nextRegister: ThumbRegister;
  /** Words of the stack that are parameters, by the registers that hold them. */
  readonly homes: ReadonlyMap<ThumbRegister, Slot>;
}

/** Whether a number is an immediate operand of Thumb: a byte shifted or repeated. */
export function isImmediate(value: number): boolean {
  const bits = value >>> 0;
  if (bits < 256) return true;
  const low = bits & 0xff;
  const repeated = [low | low << 16, low << 8 | low << 24, low * 0x01010101];
  const middle = bits >>> 8 & 0xff;
  if (repeated.some((each) => each >>> 0 === bits) || (middle << 8 | middle << 24) >>> 0 === bits) {
    return true;
  }
  const shift = 24 - Math.clz32(bits);
  return shift > 0 && (bits & (2 ** shift - 1)) === 0;
}

/** Whether a number fits in the 16 bits of `MOVW`. */
export function isNarrow(value: number): boolean {
  return value >>> 0 < 65536;
}

/** The registers whose values are still read behind each item. */
export function livenessOf(items: readonly RoutineItem[]): readonly ReadonlySet<ThumbRegister>[] {
  const places = new Map(items.flatMap((item, i) => item.kind === "label" ? [[item.name, i]] : []));
  const before = items.map(() => new Set<ThumbRegister>());
  const after = items.map(() => new Set<ThumbRegister>());
  let changes = true;
  while (changes) {
    changes = false;
    for (let i = items.length - 1; i >= 0; i--) {
      const item = items[i];
      const next = item.kind === "code" && item.isEnd ? null : i + 1;
      const jump = item.kind === "code" && item.jumpsTo !== undefined
        ? places.get(item.jumpsTo)!
        : null;
      for (const successor of [next, jump]) {
        if (successor === null || successor >= items.length) continue;
        for (const each of before[successor]) after[i].add(each);
      }
      const live = new Set(after[i]);
      if (item.kind === "code") {
        item.defs.forEach((each) => live.delete(each));
        item.uses.forEach((each) => live.add(each));
      }
      if (live.size !== before[i].size) {
        before[i] = live;
        changes = true;
      }
    }
  }
  return after;
}

/** How an access to memory is written. */
export interface AccessForm {
  readonly mnemonic: string;
  /** Offsets from a pointer that it may have, and what they are multiples of. */
  readonly least: number;
  readonly most: number;
  readonly unit: number;
  /** Bytes that it may move its pointer on by, at most; multiples of the unit. */
  readonly mostMove: number;
  /** Whether its pointer is in one of the first eight registers. */
  readonly isLow: boolean;
  readonly isVector: boolean;
}

const word = (mnemonic: string): AccessForm => (
  { mnemonic, least: -255, most: 4095, unit: 1, mostMove: 255, isLow: false, isVector: false }
);

const bytes = (mnemonic: string, isLow: boolean): AccessForm => (
  { mnemonic, least: -127, most: 127, unit: 1, mostMove: 127, isLow, isVector: true }
);

const words = (mnemonic: string): AccessForm => (
  { mnemonic, least: -508, most: 508, unit: 4, mostMove: 508, isLow: false, isVector: true }
);

const FORMS: Readonly<Record<string, AccessForm>> = {
  "i32.load": word("ldr"),
  "i32.load8_s": word("ldrsb"),
  "i32.load8_u": word("ldrb"),
  "i32.load16_s": word("ldrsh"),
  "i32.load16_u": word("ldrh"),
  "i32.store": word("str"),
  "i32.store8": word("strb"),
  "i32.store16": word("strh"),
  "i16x8.load8x8_s": bytes("vldrb.s16", true),
  "i16x8.store8x8": bytes("vstrb.16", true),
  "i32x4.store8x4": bytes("vstrb.32", true),
};

/** Vectors at any place, and at places of words: these reach further. */
const VECTORS: Readonly<Record<string, readonly [AccessForm, AccessForm]>> = {
  "v128.load": [bytes("vldrb.u8", false), words("vldrw.u32")],
  "v128.store": [bytes("vstrb.8", false), words("vstrw.32")],
};

/** The form of an access; null for one that there is none for. */
export function accessForm(
  op: string,
  { alignmentBytes = 1, offsetBytes }: Place,
): AccessForm | null {
  const [anywhere, atWords] = VECTORS[op] ?? [FORMS[op] ?? null, null];
  const isAtWord = alignmentBytes % 4 === 0 && offsetBytes % 4 === 0;
  return atWords !== null && isAtWord ? atWords : anywhere;
}

/** Whether an access may move its pointer on by so many bytes. */
export function mayMove({ unit, mostMove }: AccessForm, by: number): boolean {
  return Math.abs(by) <= mostMove && by % unit === 0;
}

/** What these instructions have nothing for. */
export class Unsupported extends Error {}
