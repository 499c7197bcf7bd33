/** FNV-1a over the elements as little-endian int32, in hexadecimal. */
export function digest(values: readonly number[]): string {
  const bytes = new Uint8Array(Int32Array.from(values).buffer);
  const hash = bytes.reduce((sum, byte) => Math.imul(sum ^ byte, 16777619) >>> 0, 2166136261);
  return hash.toString(16).padStart(8, "0");
}
