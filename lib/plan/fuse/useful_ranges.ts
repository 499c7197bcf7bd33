import { firstStart, type Fusion } from "./fusion.ts";
import type { Part } from "./part.ts";
import { segmentNeed, shareAll, type Surroundings } from "./part_rules.ts";

/**
 * A height that no choice of parts goes below: the most demanding step, each with the least that any
 * part with it could need, if rings cost nothing and input and output shared all they can.
 */
export function leastCover(
  fusion: Fusion,
  layers: readonly Part[],
  around: (from: number, until: number) => Surroundings,
): number {
  const cover = layers.map(({ needBytes }) => needBytes);
  for (let until = 2; until <= cover.length; until++) {
    for (let from = firstStart(fusion, until); from <= until - 2; from++) {
      const here = around(from, until);
      const rules = shareAll(fusion, until, here);
      const need = segmentNeed(fusion, here, { rules, workspaceBytes: 0 });
      for (let step = from; step < until; step++) cover[step] = Math.min(cover[step], need);
    }
  }
  return Math.max(0, ...cover);
}

/**
 * Tells for which steps another, costlier part may be of use: not where the parts known lead from the
 * first to the last in less memory than any plan needs. They fit whatever the limit is.
 */
export function usefulRanges(
  parts: readonly Part[],
  { steps, leastBytes }: { readonly steps: number; readonly leastBytes: number },
): (from: number, until: number) => boolean {
  const reached = new Uint8Array((steps + 1) ** 2);
  for (let from = 0; from <= steps; from++) {
    const row = from * (steps + 1);
    reached[row + from] = 1;
    // Parts come by their end.
    for (const part of parts) {
      if (part.needBytes < leastBytes && reached[row + part.from] === 1) {
        reached[row + part.until] = 1;
      }
    }
  }
  return (from, until) => reached[from * (steps + 1) + until] === 0;
}
