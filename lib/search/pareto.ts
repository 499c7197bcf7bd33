import type { RatedNetwork } from "./candidate.ts";

/** What a front trades fitness for. */
export type Cost = "peakBytes" | "flashBytes" | "macs";

/**
 * The networks that no other beats: none is as fit at no more of any cost, and better in one of
 * these. By ascending fitness; of equals the first.
 */
export function paretoFront(
  networks: readonly RatedNetwork[],
  costs: readonly Cost[],
): readonly RatedNetwork[] {
  const front: RatedNetwork[] = [];
  const sum = (network: RatedNetwork) => costs.reduce((total, cost) => total + network[cost], 0);
  // Who comes later cannot beat who came before.
  const ordered = networks.toSorted((a, b) => b.fitness - a.fitness || sum(a) - sum(b));
  for (const network of ordered) {
    const isBeaten = front.some((other) => costs.every((cost) => other[cost] <= network[cost]));
    if (!isBeaten) front.push(network);
  }
  return front.reverse();
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
