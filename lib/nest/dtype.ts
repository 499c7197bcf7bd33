/**
 * Element type of a tensor.
 *
 * @category Loop nests
 */
export type NestDtype = "f32" | "f64" | "i8" | "u8" | "i16" | "i32";

/**
 * A typed array that holds elements of some {@link NestDtype}.
 *
 * @category Loop nests
 */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Int32Array;

const arrays = {
  f32: Float32Array,
  f64: Float64Array,
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  i32: Int32Array,
} as const;

/** Every element type. */
export const nestDtypes: readonly NestDtype[] = Object.keys(arrays) as NestDtype[];

/** The least value, from which a maximum starts. */
export function leastOf(dtype: NestDtype): number {
  if (isFloat(dtype)) return -Infinity;
  return dtype === "u8" ? 0 : -(2 ** (8 * dtypeBytes(dtype) - 1));
}

/** Bytes of one element. */
export function dtypeBytes(dtype: NestDtype): number {
  return arrays[dtype].BYTES_PER_ELEMENT;
}

/** Whether elements are floating point numbers. */
export function isFloat(dtype: NestDtype): boolean {
  return dtype === "f32" || dtype === "f64";
}

/** A zeroed array of `length` elements. */
export function zeros(dtype: NestDtype, length: number): TensorData {
  return new arrays[dtype](length);
}

/** A view of `length` elements on memory that is already there. */
export function viewOf(
  dtype: NestDtype,
  buffer: ArrayBufferLike,
  range: { readonly offsetBytes: number; readonly length: number },
): TensorData {
  return new arrays[dtype](buffer as ArrayBuffer, range.offsetBytes, range.length);
}

/** The dtype that a typed array holds, or null for any other value. */
export function dtypeOf(data: unknown): NestDtype | null {
  for (const [dtype, array] of Object.entries(arrays)) {
    if (data instanceof array) return dtype as NestDtype;
  }
  return null;
}
