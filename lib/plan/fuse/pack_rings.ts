/** Blocks in a stretch of memory. */
export interface PackedRings {
  readonly offsets: readonly number[];
  readonly heightBytes: number;
}

/**
 * Places for blocks of which some are never in use together: largest first, each as low as those it
 * must not meet allow.
 */
export function packRings(
  sizes: readonly number[],
  conflict: (a: number, b: number) => boolean,
): PackedRings {
  const order = [...sizes.keys()].sort((a, b) => sizes[b] - sizes[a] || a - b);
  const offsets = new Array<number>(sizes.length).fill(0);
  const placed: number[] = [];
  let heightBytes = 0;
  for (const block of order) {
    let at = 0;
    // `placed` ascends by offset.
    for (const other of placed) {
      if (offsets[other] >= at + sizes[block]) break;
      if (!conflict(block, other)) continue;
      at = Math.max(at, offsets[other] + sizes[other]);
    }
    offsets[block] = at;
    heightBytes = Math.max(heightBytes, at + sizes[block]);
    let position = placed.length;
    while (position > 0 && offsets[placed[position - 1]] > at) position--;
    placed.splice(position, 0, block);
  }
  return { offsets, heightBytes };
}
