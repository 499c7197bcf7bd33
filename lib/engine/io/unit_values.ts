/** Integers from 0 to `most` as numbers from 0 to 1. */
export function unitValues(integers: Uint8Array | Uint16Array, most: number): Float32Array {
  // A loop: Float32Array.from with a function takes ten times as long.
  const values = new Float32Array(integers.length);
  for (let i = 0; i < values.length; i++) values[i] = integers[i] / most;
  return values;
}
