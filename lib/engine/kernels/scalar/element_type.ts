import type { ValueType } from "../../../kernel/instruction.ts";
import type { Opcode } from "../../../kernel/opcode.ts";
import type { Dtype } from "../../../model/dtype.ts";

/** How elements of a type are loaded and stored. */
export interface ElementType {
  readonly load: Opcode;
  readonly store: Opcode;
  readonly bytes: number;
  /** What they are in a variable. */
  readonly value: ValueType;
}

const TYPES: Partial<Record<Dtype, ElementType>> = {
  int8: { load: "i32.load8_s", store: "i32.store8", bytes: 1, value: "i32" },
  uint8: { load: "i32.load8_u", store: "i32.store8", bytes: 1, value: "i32" },
  int16: { load: "i32.load16_s", store: "i32.store16", bytes: 2, value: "i32" },
  int32: { load: "i32.load", store: "i32.store", bytes: 4, value: "i32" },
  int64: { load: "i64.load", store: "i64.store", bytes: 8, value: "i64" },
  float32: { load: "f32.load", store: "f32.store", bytes: 4, value: "f32" },
};

/**
 * The type's loads and stores.
 *
 * @throws {TypeError} for a type that has none.
 */
export function elementType(dtype: Dtype): ElementType {
  const type = TYPES[dtype];
  if (type !== undefined) return type;
  throw new TypeError(`elements of ${dtype}, needed one of ${Object.keys(TYPES).join(", ")}`);
}
