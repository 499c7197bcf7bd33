/** Types of values: those of WebAssembly. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

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
}

/** A row of an instruction that computes. */
export function computes(
  code: readonly number[],
  result: ValueType | null,
  sign: string | null = null,
): Instruction {
  return { code, result, accessBytes: 0, sign };
}

/** A row of an instruction that reads memory. */
export function loads(
  code: readonly number[],
  result: ValueType,
  accessBytes: number,
): Instruction {
  return { code, result, accessBytes, sign: null };
}

/** A row of an instruction that writes memory. */
export function stores(code: readonly number[], accessBytes: number): Instruction {
  return { code, result: null, accessBytes, sign: null };
}
