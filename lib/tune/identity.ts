import type { Loop, Nest } from "../nest/nest.ts";
import { reachOf } from "../schedule/find_loop.ts";
import { unitOf } from "../schedule/vector_lanes.ts";

/**
 * The same text for schedules that do the same: whatever the order of their steps, the names of
 * their loops, and loops that run only once.
 */
export function identity(nest: Nest): string {
  const kept = nest.loops.filter((loop) =>
    iterations(nest, loop) > 1 || ["vector", "dot"].includes(loop.mode)
  );
  const placeOf = (name: string | null): number => {
    const at = nest.loops.findIndex((loop) => loop.name === name);
    return nest.loops.slice(0, at + 1).filter((loop) => kept.includes(loop)).length;
  };
  const { accumulateAt } = nest;
  const walks = nest.loops.find((loop) => loop.name === accumulateAt);
  return JSON.stringify([
    kept.map((loop) => [loop.axis, loop.step, loop.mode, unrollOf(nest, loop)]),
    nest.packs.map(({ tensor, at, dtype }) => [tensor, placeOf(at), dtype].join()).toSorted(),
    nest.staged.map(({ tensor, at }) => [tensor, placeOf(at)].join()).toSorted(),
    // Held from the next loop on that is left, if it is not left itself.
    walks ? placeOf(accumulateAt) - Number(kept.includes(walks)) : null,
  ]);
}

function iterations(nest: Nest, loop: Loop): number {
  return Math.ceil(reachOf(nest, loop) / unitOf(nest, loop));
}

function unrollOf(nest: Nest, loop: Loop): Loop["unroll"] {
  return loop.unroll !== "full" && loop.unroll < iterations(nest, loop) ? loop.unroll : "full";
}
