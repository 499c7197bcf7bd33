/**
 * Types of values: those of WebAssembly, and wider vectors for native code. These are parts of 16 bytes
 * side by side, and every instruction does to each part what it does to a `v128`, as processors do: a
 * `v128` among its operands is the same for all parts, and what is loaded for a part lies behind what is
 * loaded for the one before, except where one element is repeated in all lanes.
 */
export type ValueType = "i32" | "i64" | "f32" | "f64" | VectorType;

/** Types of vectors. */
export type VectorType = "v128" | WideType;

/** Vectors that WebAssembly does not have. */
export type WideType = "v256" | "v512";

const PARTS: Readonly<Record<ValueType, number>> = {
  ...{ i32: 0, i64: 0, f32: 0, f64: 0 },
  ...{ v128: 1, v256: 2, v512: 4 },
};

/** Parts of 16 bytes of a vector; 0: it is none. */
export function vectorParts(type: ValueType): number {
  return PARTS[type];
}

/** The type of vectors of so many bytes. */
export function vectorType(bytes: number): VectorType {
  if (bytes === 16 || bytes === 32 || bytes === 64) return `v${bytes * 8}` as VectorType;
  throw new RangeError(`vectors of ${bytes} bytes, needed 16, 32 or 64`);
}

/** All that is known of one instruction: a row of the table that every walk and back end reads. */
export interface Instruction {
  /** Its encoding in WebAssembly. */
  readonly code: readonly number[];
  /** Type of what it gives; null: nothing (a store), or that of its operands (`select`). */
  readonly result: ValueType | null;
  /** Bytes of memory that it reads or writes; 0: none. */
  readonly accessBytes: number;
  /** Sign between its two operands in pseudo-code; null: it is written as a function. */
  readonly sign: string | null;
  /** What it is in C; null: it cannot be printed. */
  readonly c: CText | null;
}

/**
 * An instruction in C, where integers are unsigned (so that they wrap as they do in WebAssembly):
 *
 * - `expression`: `$0`, `$1` ... are its operands, `$s0` those seen as signed, `$m1` a distance to shift
 *   by, less what is beyond its width; `$p` the place that it
 *   accesses, `$l` the lane that it stores;
 * - `test`: the same for what is true or false;
 * - `lanes`: lane `i` of the result, seen as lanes of `type`, as the body of a function of its
 *   operands `a`, `b`, `c` (vectors as unions of lanes: `a.u16[i]`), of its place `p` (bytes) and of
 *   its immediate bytes `l`;
 * - `scalar`: the same where the result is a number.
 */
export type CText = { readonly kind: "expression" | "test"; readonly text: string } | LaneText;

/** One that is a function of vectors. */
export type LaneText =
  | { readonly kind: "scalar"; readonly text: string }
  | { readonly kind: "lanes"; readonly type: LaneType; readonly text: string };

/** Types of a vector's lanes in C. */
export type LaneType =
  | `${"i" | "u"}${8 | 16 | 32 | 64}`
  | "f32"
  | "f64";

/** A row of an instruction that computes. */
export function computes(
  code: readonly number[],
  result: ValueType | null,
  sign: string | null,
  c: CText | string | null,
): Instruction {
  return { code, result, accessBytes: 0, sign, c: asText(c) };
}

/** A row of an instruction that reads memory. */
export function loads(
  code: readonly number[],
  result: ValueType,
  accessBytes: number,
  c: CText | string | null,
): Instruction {
  return { code, result, accessBytes, sign: null, c: asText(c) };
}

/** A row of an instruction that writes memory. */
export function stores(
  code: readonly number[],
  accessBytes: number,
  c: CText | string | null,
): Instruction {
  return { code, result: null, accessBytes, sign: null, c: asText(c) };
}

/** An instruction that is true or false in C. */
export function test(text: string): CText {
  return { kind: "test", text };
}

/** An instruction in C that gives a number of vectors. */
export function scalarText(text: string): CText {
  return { kind: "scalar", text };
}

/** An instruction in C lane by lane. */
export function lanes(type: LaneType, text: string): CText {
  return { kind: "lanes", type, text };
}

function asText(c: CText | string | null): CText | null {
  return typeof c === "string" ? { kind: "expression", text: c } : c;
}
