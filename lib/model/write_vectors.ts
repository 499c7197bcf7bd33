import type { Builder } from "../npm/flatbuffers.ts";

/** Writes a vector of 32-bit integers and returns its offset. */
export function writeInt32s(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (let i = values.length - 1; i >= 0; i--) builder.addInt32(values[i]);
  return builder.endVector();
}

/** Writes a vector of floats and returns its offset. */
export function writeFloat32s(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (let i = values.length - 1; i >= 0; i--) builder.addFloat32(values[i]);
  return builder.endVector();
}

/** Writes a table for every item, then the vector of them, and returns its offset. */
export function writeTables<T>(
  builder: Builder,
  items: readonly T[],
  write: (item: T) => number,
): number {
  const offsets = items.map(write);
  builder.startVector(4, offsets.length, 4);
  for (let i = offsets.length - 1; i >= 0; i--) builder.addOffset(offsets[i]);
  return builder.endVector();
}
