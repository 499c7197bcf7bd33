import { type ConstantArray, zeroValues } from "../../model/constant.ts";
import type { Dtype } from "../../model/dtype.ts";

/** Little-endian bytes as elements of a type; the number of bytes must be a multiple of theirs. */
export function valuesOfBytes(bytes: Uint8Array, dtype: Dtype): ConstantArray {
  const values = zeroValues(dtype, bytes.length / elementBytes(dtype));
  new Uint8Array(values.buffer).set(bytes);
  return values;
}

/** The bytes of elements, little-endian. */
export function bytesOfValues(values: ConstantArray): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
}

/** Bytes of one element in a typed array (int4 takes a whole one). */
export function elementBytes(dtype: Dtype): number {
  return zeroValues(dtype, 0).BYTES_PER_ELEMENT;
}

/** Arrays of bytes, one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
