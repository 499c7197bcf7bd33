import type { PlacedBuffer } from "./buffer.ts";

/** The first pair found that shares bytes while both are alive, if there is one. */
export function overlapping(
  buffers: readonly PlacedBuffer[],
): readonly [PlacedBuffer, PlacedBuffer] | undefined {
  const byStart = [...buffers].sort((a, b) => a.from - b.from);
  let alive: PlacedBuffer[] = [];
  for (const b of byStart) {
    alive = alive.filter((a) => a.until > b.from);
    for (const a of alive) {
      const below = a.offsetBytes + a.sizeBytes <= b.offsetBytes;
      const above = b.offsetBytes + b.sizeBytes <= a.offsetBytes;
      if (!below && !above) return [a, b];
    }
    alive.push(b);
  }
  return undefined;
}
