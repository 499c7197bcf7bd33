/**
 * Element type of a tensor, named as TFLite names it, in lower case.
 *
 * @category Models
 */
export type Dtype =
  | "float32"
  | "float16"
  | "int32"
  | "uint8"
  | "int64"
  | "string"
  | "bool"
  | "int16"
  | "complex64"
  | "int8"
  | "float64"
  | "complex128"
  | "uint64"
  | "resource"
  | "variant"
  | "uint32"
  | "uint16"
  | "int4"
  | "bfloat16"
  | "int2"
  | "uint4"
  | "float8_e4m3fn"
  | "float8_e5m2";

/**
 * Every element type; the position is its number in a TFLite file (`TensorType` of the schema).
 *
 * @category Models
 */
export const dtypes: readonly Dtype[] = [
  "float32",
  "float16",
  "int32",
  "uint8",
  "int64",
  "string",
  "bool",
  "int16",
  "complex64",
  "int8",
  "float64",
  "complex128",
  "uint64",
  "resource",
  "variant",
  "uint32",
  "uint16",
  "int4",
  "bfloat16",
  "int2",
  "uint4",
  "float8_e4m3fn",
  "float8_e5m2",
];

// A resource is a 32-bit handle in TFLM; strings and variants have no fixed size.
const BITS: Readonly<Record<Dtype, number>> = {
  float32: 32,
  float16: 16,
  int32: 32,
  uint8: 8,
  int64: 64,
  string: 0,
  bool: 8,
  int16: 16,
  complex64: 64,
  int8: 8,
  float64: 64,
  complex128: 128,
  uint64: 64,
  resource: 32,
  variant: 0,
  uint32: 32,
  uint16: 16,
  int4: 4,
  bfloat16: 16,
  int2: 2,
  uint4: 4,
  float8_e4m3fn: 8,
  float8_e5m2: 8,
};

/**
 * Bits of one element; 0 for `string` and `variant`, which have no fixed size.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { dtypeBits } from "tinyloom";
 *
 * assert.equal(dtypeBits("int4"), 4);
 * ```
 *
 * @category Models
 */
export function dtypeBits(dtype: Dtype): number {
  return BITS[dtype];
}

/**
 * Smallest and largest value of an integer type that fits a number exactly; null for the others.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { dtypeRange } from "tinyloom";
 *
 * assert.deepEqual(dtypeRange("int8"), { min: -128, max: 127 });
 * ```
 *
 * @category Models
 */
export function dtypeRange(dtype: Dtype): { readonly min: number; readonly max: number } | null {
  const match = /^(u?)int(2|4|8|16|32)$/.exec(dtype);
  if (match === null) return null;
  const values = 2 ** Number(match[2]);
  return match[1] === "u" ? { min: 0, max: values - 1 } : { min: -values / 2, max: values / 2 - 1 };
}
