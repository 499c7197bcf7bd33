import { roundUp } from "./offset_problem.ts";

/** Bytes in use or free: `[from, until)`. */
export interface Range {
  readonly from: number;
  readonly until: number;
}

/** What is free below `heightBytes` between ranges in use, ascending. */
export function gaps(used: readonly Range[], heightBytes: number): Range[] {
  const free: Range[] = [];
  let at = 0;
  for (const { from, until } of [...used].sort((a, b) => a.from - b.from)) {
    if (from > at) free.push({ from: at, until: Math.min(from, heightBytes) });
    at = Math.max(at, until);
  }
  if (at < heightBytes) free.push({ from: at, until: heightBytes });
  return free;
}

/** Offsets for blocks, the largest first into the lowest gap; null if they do not fit. */
export function fillGaps(
  used: readonly Range[],
  blocks: readonly { readonly sizeBytes: number; readonly alignmentBytes: number }[],
  heightBytes: number,
): number[] | null {
  const inUse = [...used];
  const offsets = new Array<number>(blocks.length);
  const order = [...blocks.keys()].sort((a, b) => blocks[b].sizeBytes - blocks[a].sizeBytes);
  for (const block of order) {
    const { sizeBytes, alignmentBytes } = blocks[block];
    const gap = gaps(inUse, heightBytes)
      .find(({ from, until }) => roundUp(from, alignmentBytes) + sizeBytes <= until);
    if (gap === undefined) return null;
    const from = roundUp(gap.from, alignmentBytes);
    inUse.push({ from, until: from + sizeBytes });
    offsets[block] = from;
  }
  return offsets;
}
