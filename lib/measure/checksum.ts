/** A digest of bytes: FNV-1a over 32-bit words, as eight hexadecimal digits. */
export function checksum(data: ArrayBufferView): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const words = new Int32Array(bytes.slice(0, bytes.length & ~3).buffer);
  let hash = offsetBasis;
  for (const word of words) hash = Math.imul(hash ^ word, prime);
  for (const byte of bytes.subarray(bytes.length & ~3)) hash = Math.imul(hash ^ byte, prime);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

const offsetBasis = 0x811c9dc5 | 0;
const prime = 0x01000193;
