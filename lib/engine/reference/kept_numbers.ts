const ARRAYS = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
} as const;

/** What an operator keeps from run to run, seen as numbers of a type: as many as are whole. */
export function keptNumbers<Name extends keyof typeof ARRAYS>(
  kept: Uint8Array,
  type: Name,
): InstanceType<(typeof ARRAYS)[Name]> {
  const Elements = ARRAYS[type];
  const count = Math.floor(kept.byteLength / Elements.BYTES_PER_ELEMENT);
  const numbers = new Elements(kept.buffer as ArrayBuffer, kept.byteOffset, count);
  return numbers as InstanceType<(typeof ARRAYS)[Name]>;
}
