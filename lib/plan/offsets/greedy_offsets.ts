import type { Candidates } from "./candidates.ts";
import type { Item } from "./offset_problem.ts";

/** Orders in which to place items one after the other, each at the lowest free offset. */
export const greedyOrders: readonly ((a: Item, b: Item) => number)[] = [
  (a, b) => b.sizeBytes - a.sizeBytes,
  (a, b) => a.from - b.from || b.sizeBytes - a.sizeBytes,
  (a, b) => b.until - b.from - (a.until - a.from) || b.sizeBytes - a.sizeBytes,
];

/** Places items in an order; of equals the later one first, as TensorFlow Lite Micro does. */
export function greedyOffsets(
  candidates: Candidates,
  compare: (a: Item, b: Item) => number,
): Float64Array {
  const { items } = candidates.problem;
  const order = [...items.keys()].sort((a, b) => compare(items[a], items[b]) || b - a);
  const offsets = new Float64Array(items.length).fill(-1);
  const placed: number[] = [];
  for (const item of order) {
    const { from, until } = items[item];
    const neighbours = placed.filter((other) =>
      items[other].from < until && from < items[other].until
    );
    offsets[item] = candidates.of(item, neighbours, offsets, Infinity)[0];
    placed.push(item);
  }
  return offsets;
}
