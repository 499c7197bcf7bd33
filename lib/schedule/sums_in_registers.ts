import type { Loop, Nest } from "../nest/nest.ts";
import { axisOf, reachOf } from "./find_loop.ts";
import { movesThrough } from "./strides.ts";
import { unitOf } from "./vector_lanes.ts";

/** Whether the target stays in registers from the first to the last of its updates. */
export function sumsInRegisters(nest: Nest): boolean {
  const held = nest.loops.findIndex((loop) => loop.name === heldDuring(nest));
  return held >= 0 && held <= firstReduction(nest);
}

/**
 * The loop during which the target stays in registers, or null. Sums that are finished are never in
 * memory: without a step that says so they stay there during the outermost reduction, if they can.
 */
export function heldDuring(nest: Nest): string | null {
  if (nest.accumulateAt !== null || !nest.body.finish) return nest.accumulateAt;
  const first = firstReduction(nest);
  return loopOverSums(nest, first) ? null : nest.loops[first].name;
}

/** A loop from `at` on that is left as a loop over elements of the target: registers have no address. */
export function loopOverSums(nest: Nest, at: number): Loop | undefined {
  return nest.loops.slice(at).find((loop) =>
    movesThrough(nest.body.target, loop) && loop.unroll !== "full" &&
    Math.ceil(reachOf(nest, loop) / unitOf(nest, loop)) > 1
  );
}

/** Place of the outermost reduction among the loops; -1 if there is none. */
export function firstReduction(nest: Nest): number {
  return nest.loops.findIndex((loop) => axisOf(nest, loop).role === "reduction");
}
