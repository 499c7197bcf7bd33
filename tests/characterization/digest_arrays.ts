import { createHash } from "node:crypto";

/** A digest of arrays, their types included: the same for the same bits, 16 hexadecimal digits. */
export function digestArrays(arrays: readonly ArrayBufferView[]): string {
  const hash = createHash("sha256");
  for (const array of arrays) {
    hash.update(`${array.constructor.name} ${array.byteLength} `);
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest("hex").slice(0, 16);
}
