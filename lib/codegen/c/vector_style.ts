import type { ValueType } from "../../kernel/instruction.ts";
import type { Opcode } from "../../kernel/opcode.ts";

/** Types in C: integers are unsigned, so that they wrap. */
export const cTypes: Readonly<Record<ValueType, string>> = {
  i32: "uint32_t",
  i64: "uint64_t",
  f32: "float",
  f64: "double",
  v128: "tl_v128",
  v256: "tl_v256",
  v512: "tl_v512",
};

/** How vectors and what is done with them are written in C. */
export interface VectorStyle {
  /** The types, before everything else. */
  readonly types: string;
  /** A vector of zeros, where it is declared. */
  readonly zero: string;
  /** A vector of constant bytes. */
  readonly bytes: (bytes: Uint8Array) => string;
  /** The function that an instruction is. */
  readonly call: (call: VectorCall) => {
    readonly name: string;
    /** What it takes behind its operands. */
    readonly immediates: readonly string[];
    /** What must be written before it is called, itself among them. */
    readonly functions: readonly VectorFunction[];
    /** How operands are given, of each type; left out: as they are. */
    readonly given?: (text: string, type: ValueType) => string;
  };
  /** The place some bytes behind an address in a space, as a pointer. */
  readonly address: (base: string, address: string, behind: number) => string;
}

/** An instruction on vectors where it occurs. */
export interface VectorCall {
  readonly op: Opcode;
  /** Types of its operands. */
  readonly types: readonly ValueType[];
  readonly result: ValueType;
  /** Its immediate bytes. */
  readonly lanes: readonly number[];
}

/** A function of C by its name. */
export interface VectorFunction {
  readonly name: string;
  readonly text: string;
}

/** A number and another one as a sum that wraps. */
export function sumText(text: string, more: number): string {
  if (more === 0) return text;
  return more < 0 ? `(${text} - ${-more}u)` : `(${text} + ${more}u)`;
}
