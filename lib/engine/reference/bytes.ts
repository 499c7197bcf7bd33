import type { NumberArray } from "./prepare.ts";

/** Copies the bytes of one array to another of the same size, whatever their types. */
export function copyBytes(from: NumberArray, to: NumberArray): void {
  bytesOf(to).set(bytesOf(from));
}

function bytesOf({ buffer, byteOffset, byteLength }: NumberArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
