import type { RatedNetwork } from "./candidate.ts";

/** The networks that no other beats in both fitness and peak memory, by ascending memory. */
export function paretoFront(networks: readonly RatedNetwork[]): readonly RatedNetwork[] {
  const ordered = networks.toSorted((a, b) => a.peakBytes - b.peakBytes || b.fitness - a.fitness);
  let most = -Infinity;
  return ordered.filter(({ fitness }) => {
    if (!(fitness > most)) return false;
    most = fitness;
    return true;
  });
}

/** At most `count` of the items, evenly spread, both ends among them; the last one if `count` is 1. */
export function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  const step = (items.length - 1) / Math.max(1, count - 1);
  return Array.from(
    { length: count },
    (_, i) => items[count === 1 ? items.length - 1 : Math.round(i * step)],
  );
}
