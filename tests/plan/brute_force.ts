import type { Buffer } from "../../mod.ts";

/** The optimum of a tiny instance: every height in turn, every offset of every buffer. */
export function bruteForceHeight(buffers: readonly Buffer[]): number {
  for (let height = 0;; height++) {
    if (fitsWithin(buffers, height)) return height;
  }
}

function fitsWithin(buffers: readonly Buffer[], height: number): boolean {
  const offsets: number[] = [];
  const placeFrom = (i: number): boolean => {
    if (i === buffers.length) return true;
    const b = buffers[i];
    const step = b.alignmentBytes ?? 1;
    const start = b.offsetBytes ?? 0;
    const end = b.offsetBytes ?? height - b.sizeBytes;
    if (start + b.sizeBytes > height) return false;
    for (let offset = start; offset <= end; offset += step) {
      const isFree = offsets.every((other, j) =>
        buffers[j].until <= b.from || b.until <= buffers[j].from ||
        other + buffers[j].sizeBytes <= offset || offset + b.sizeBytes <= other
      );
      if (!isFree) continue;
      offsets.push(offset);
      if (placeFrom(i + 1)) return true;
      offsets.pop();
    }
    return false;
  };
  return placeFrom(0);
}
